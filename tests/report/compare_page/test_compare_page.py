import base64
import hashlib
import json
import re
import time
from html.parser import HTMLParser

import numpy as np
import pytest

from mlp_scratch.compare import main
from mlp_scratch.report.compare_page.compare_page import write_compare_page
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.reader import Run, read_runs

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028\u2029"


class Page(HTMLParser):
    """The tags of a page with their attributes, and what the scripts hold."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.styles = [], [], []
        self.inside = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = {"script": self.scripts, "style": self.styles}.get(tag)
        if self.inside is not None:
            self.inside.append("")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is not None:
            self.inside[-1] += data

    @property
    def data(self):
        return json.loads(self.scripts[0])


def page_of(root, path, **options):
    text = write_compare_page(read_runs(root), path, **options).read_text("utf-8")
    return Page(text), text


def save_mistakes(folder, pixels, /, **changes):
    n = len(pixels)
    arrays = {
        "images": pixels,
        "true": np.arange(n) % 2,
        "predicted": (np.arange(n) + 1) % 2,
        "probability": np.linspace(1, 0.5, n, dtype=np.float32),
    }
    np.savez(folder / "misclassified.npz", **(arrays | changes))


def test_one_file_that_may_load_nothing(runs, tmp_path):
    runs.add("a")
    page, text = page_of(runs.root, tmp_path / "report.html")
    (policy,) = (a["content"] for _, a in page.tags if "http-equiv" in a)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, content in (("script-src", page.scripts[1]), ("style-src", page.styles[0])):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    links = [a.get("href", "#") for _, a in page.tags]
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    assert not [a for _, a in page.tags if "src" in a]
    assert set(re.findall(r"https?://[^\s\"'`]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not list(tmp_path.glob(".*"))  # no temporary file is left


def test_what_a_run_is_called_never_becomes_markup(runs, tmp_path):
    harmless, _ = page_of(make(runs, "harmless"), tmp_path / "a.html")
    page, text = page_of(make(runs, EVIL), tmp_path / "b.html")
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert page.scripts[1] == harmless.scripts[1]
    assert not re.search(r"[<>&\u2028\u2029]", page.scripts[0])
    assert "onerror" not in text.replace(page.scripts[0], "")
    data = page.data
    assert data["title"] == EVIL
    assert data["classes"][0] == [EVIL[:80], "b"] or EVIL.startswith(data["classes"][0][0][:-1])
    assert EVIL in data["texts"]
    assert {run["problem"] for run in data["runs"]} == {"", " ".join(EVIL.split())}


def make(runs, text):
    """Runs that say ``text`` wherever a run can say something."""
    root = runs.root / hashlib.sha256(text.encode()).hexdigest()[:8]
    told = {"name": text, "data": {"name": text, "classes": [text, "b"]}, "git": {"commit": text}}
    runs.add(f"{root.name}/a", name=text, summary=told, optim__name=text)
    runs.add(f"{root.name}/b", summary=told)
    runs.add(f"{root.name}/c", status="failed", summary=told | {"message": text})
    return root


@pytest.fixture(autouse=True)
def titled(monkeypatch, request):
    """The page's title is as little trusted as the rest."""
    if "markup" in request.node.name:
        build = page_data
        monkeypatch.setattr(
            "mlp_scratch.report.compare_page.compare_page.page_data",
            lambda r, m, a, t: build(r, m, a, EVIL),
        )


def test_two_hundred_runs_of_fifty_epochs_stay_below_ten_megabytes(tmp_path):
    rng = np.random.default_rng(0)
    names = ("lr", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "grad_norm",
             "weight_norm", "seconds", "samples_per_second")  # fmt: skip
    runs = []
    for i in range(200):
        curves = {"epoch": np.arange(1.0, 51), "step": np.arange(1.0, 51) * 422}
        curves |= {name: rng.random(50) for name in names}
        level = float(rng.random())
        config = {f"group{k}.key{k}": k for k in range(60)}
        config |= {"seed": i % 5, "optim.lr": 10.0 ** -(i % 4), "optim.name": "abc"[i % 3]}
        test = {"confusion_matrix": rng.integers(0, 1000, (10, 10)).tolist()}
        final = {"epoch": 50, "val_accuracy": level}
        folder = tmp_path / f"{i}"
        folder.mkdir()
        save_mistakes(folder, rng.integers(0, 256, (25, 3072), dtype=np.uint8))
        run = Run(
            folder, "finished", config, {"best": final, "final": final, "test": test}, "", f"{i}"
        )
        run.__dict__["columns"] = curves
        runs.append(run)
    start = time.perf_counter()
    page = write_compare_page(runs, tmp_path / "report.html")
    print(f"{page.stat().st_size / 1e6:.1f} MB in {time.perf_counter() - start:.1f} s")
    assert 2e6 < page.stat().st_size < 10e6
    assert Page(page.read_text("utf-8")).data["notes"] == []


def call(capsys, *arguments):
    status = main(list(map(str, arguments)))
    return status, *capsys.readouterr()


def test_command(runs, tmp_path, capsys):
    runs.add("a", 0.9)
    runs.add("b", 0.8, optim__lr=0.1)
    target = tmp_path / "new" / "report.html"
    status, out, err = call(capsys, runs.root, "--html", target, "--filter", "optim.lr < 0.05")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].startswith(f"page: {target} (0.1 MB)")
    data = Page(target.read_text("utf-8")).data
    assert [run["label"] for run in data["runs"]] == ["a"]
    assert data["title"] == f"{runs.root} where optim.lr < 0.05"
    assert not (runs.root / "comparison.png").exists()


def test_a_page_beside_tables_for_tools(runs, tmp_path, capsys):
    runs.add("a")
    status, out, err = call(capsys, runs.root, "--json", "--html", tmp_path / "r.htm")
    assert status == 0
    assert json.loads(out)[0]["run"] == "a"
    assert "r.htm" in err


@pytest.mark.parametrize("form", ["--status", "--diff"])
def test_no_page_beside_other_answers(runs, tmp_path, capsys, form):
    runs.add("a")
    extra = ["a", "a"] if form == "--diff" else []
    status, _, err = call(capsys, runs.root, form, *extra, "--html", tmp_path / "r.html")
    assert status == 2
    assert f"--html does not go with {form}" in err
    assert not (tmp_path / "r.html").exists()


def test_no_runs_and_no_place(runs, tmp_path, capsys):
    status, _, err = call(capsys, runs.root, "--html", tmp_path / "r.html")
    assert status == 1
    assert "no runs in there" in err
    assert not (tmp_path / "r.html").exists()
    assert err.count("\n") <= 2
    runs.add("a")
    (tmp_path / "file").write_text("")
    status, _, err = call(capsys, runs.root, "--html", tmp_path / "file" / "r.html")
    assert status == 1
    assert "cannot be written" in err
    with pytest.raises(SystemExit):
        main([str(runs.root), "--html", "report.pdf"])
    assert ".html" in capsys.readouterr().err


def test_a_folder_without_any_result_still_makes_a_page(runs, tmp_path):
    runs.add("a", status="failed", epochs=0, summary={"message": "boom"})
    page, _ = page_of(runs.root, tmp_path / "r.html")
    assert page.data["runs"][0]["problem"] == "boom"
    assert page.data["runs"][0]["curves"] is None
