"""The page in a real Chromium, without a network: what a reader sees and can do."""

from importlib.resources import files

import numpy as np
import pytest

from mlp_scratch.report.compare_page.compare_page import write_compare_page
from mlp_scratch.runs.reader import read_runs

pytest.importorskip("selenium", reason="selenium is not installed (mlp-scratch[browser])")
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

EVIL = "<script>alert(1)<∕script><img src=x onerror=alert(2)>"


@pytest.fixture
def page(quiet, runs, tmp_path):
    """Opens the page of ``runs``."""

    def load(**options):
        target = write_compare_page(read_runs(runs.root), tmp_path / "report.html", **options)
        quiet.get(target.as_uri())
        assert js(quiet, "document.documentElement.dataset.ready") == "yes"
        return quiet

    return load


@pytest.fixture
def sweep(runs):
    """Nine good runs, best first by name, and four that are not."""
    for i, (name, lr) in enumerate(
        (n, lr) for n in ("adam", "sgd", "lion") for lr in (0.01, 0.1, 1)
    ):
        counts = np.diag(np.arange(90, 93)) + i * np.eye(3, k=1, dtype=int)
        data = {"classes": ["cat", "dog", EVIL], "n_train": 900}
        test = {"last": {"accuracy": 0.9}, "confusion_matrix": counts.tolist()}
        folder = runs.add(f"r{i}", 0.97 - i / 50, epochs=20, summary={"test": test, "data": data},
                          optim__name=name, optim__lr=lr, name=[None, EVIL][i == 2])  # fmt: skip
        images = np.arange(5 * 48, dtype=np.uint8).reshape(5, 48)
        labels = np.arange(5) % 3
        np.savez(folder / "misclassified.npz", images=images, true=labels, predicted=labels[::-1],
                 probability=np.full(5, 0.9))  # fmt: skip
    runs.add(EVIL, 0.5, status="diverged", summary={"message": EVIL})
    runs.add("running", 0.4, status="running")
    folder = runs.add("damaged", 0.3)
    (folder / "summary.json").write_text('{"status": ')
    runs.add("failed", epochs=0, status="failed", summary={"message": "boom"})
    return runs


def js(browser, expression):
    return browser.execute_script(f"return {expression}")


def click(browser, selector):
    element = browser.find_element(By.CSS_SELECTOR, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def texts(browser, selector):
    return [e.text for e in browser.find_elements(By.CSS_SELECTOR, selector)]


def labels(browser):
    return texts(browser, "#table tbody .name")


def good(browser):
    return [label for label in labels(browser) if label[0] == "r" and label != "running"]


def filter_runs(browser, text):
    box = browser.find_element(By.ID, "filter")
    box.clear()
    box.send_keys(text)
    said = browser.find_element(By.ID, "filter-said")
    WebDriverWait(browser, 5).until(lambda _: said.text)
    return said.text


def colours(browser, canvas):
    """How many pixels of a chart have each colour, as "r,g,b"."""
    return js(browser, f"""(() => {{
        const c = document.querySelectorAll(".plot canvas")[{canvas}];
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        const n = {{}};
        for (let i = 0; i < d.length; i += 4) if (d[i + 3] === 255) {{
            const k = `${{d[i]}},${{d[i + 1]}},${{d[i + 2]}}`; n[k] = (n[k] ?? 0) + 1; }}
        return n;
    }})()""")  # fmt: skip


def test_it_renders(sweep, page):
    browser = page(title="a title")
    assert browser.title == "a title"
    assert "13 runs" in browser.find_element(By.ID, "subtitle").text
    assert labels(browser)[:9] == [f"r{i}" for i in range(9)]
    states = texts(browser, "#table .state")
    assert sorted(states[9:]) == ["damaged", "diverged", "failed", "killed"]
    assert colours(browser, 0)["0,114,178"] > 100  # the best run's blue line
    assert len(texts(browser, "#legend button")) == 8
    assert len(browser.find_elements(By.CSS_SELECTOR, "#parallel .strands path")) >= 9
    assert texts(browser, "#importance .rowname")[0] in ("optim", "optim.lr")
    assert texts(browser, "#diff-table tbody td:first-child") == [
        "name",
        "optim.name",
        "optim.lr",
        "optim.beta1",
    ]
    assert js(browser, "document.documentElement.scrollWidth <= innerWidth")


def test_what_comes_from_a_run_does_nothing(sweep, page):
    browser = page(title=EVIL)
    click(browser, '#table [data-run="2"] .name')
    assert EVIL in browser.find_element(By.ID, "run-body").text
    assert EVIL in texts(browser, "#table .name")
    assert browser.find_element(By.ID, "title").text == EVIL
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 2
    assert browser.find_elements(By.TAG_NAME, "img") == []
    with pytest.raises(NoAlertPresentException):
        browser.switch_to.alert.accept()


def test_the_browser_would_refuse_a_script_that_got_in(sweep, page):
    browser = page()
    browser.execute_script(
        'document.body.insertAdjacentHTML("beforeend", "<details open ontoggle=\'hacked=1\'>")'
    )
    WebDriverWait(browser, 5).until(
        lambda b: any("Content Security Policy" in e["message"] for e in b.get_log("browser"))
    )
    assert js(browser, "window.hacked") is None


def test_sorting(sweep, page):
    browser = page()
    header = '#table [data-column="optim.lr"]'
    click(browser, header)
    assert good(browser)[:3] == ["r0", "r3", "r6"]
    assert js(browser, "document.activeElement.dataset.column") == "optim.lr"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert good(browser)[:3] == ["r2", "r5", "r8"]
    assert [e.get_attribute("aria-sort") for e in
            browser.find_elements(By.CSS_SELECTOR, "th[aria-sort]")] == ["descending"]  # fmt: skip


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("adam", ["r0", "r1", "r2"]),
        ("optim.name == 'adam' and optim.lr < 0.5", ["r0", "r1"]),
        ("lr>=1, -sgd", ["r2", "r8"]),
        ("sgd lr=0.1 or lion lr=0.1", ["r4", "r7"]),
        ("val_accuracy>0.94 not lr=0.1", ["r0"]),
        ("model.layers=[784,128,10] rank<3", ["r0", "r1"]),
        ("seed!=0", []),
        ('diverged or run="running"', []),
    ],
)
def test_filtering(sweep, page, text, found):
    browser = page()
    said = filter_runs(browser, text)
    assert said == f"{len(labels(browser))} of 13 runs"
    assert good(browser) == found
    if "diverged" in text:
        assert sorted(labels(browser)) == [EVIL, "running"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("colur=red", "at character 1: no run has 'colur'; "), ("lr<", "at character 4: ")],
)
def test_a_filter_that_means_nothing_says_so(sweep, page, text, said):
    browser = page()
    assert filter_runs(browser, text).startswith(said)
    assert len(labels(browser)) == 13


@pytest.mark.slow
def test_the_legend_toggles(sweep, page):
    browser = page()
    click(browser, "#select-none")
    for i in (0, 1):
        click(browser, f'#table [data-run="{i}"] input')
    before = js(browser, 'document.querySelector(".plot canvas").dataset.lines')
    click(browser, '#legend [data-run="0"]')
    entry = browser.switch_to.active_element
    assert entry.get_attribute("aria-pressed") == "false"
    browser.execute_script("document.activeElement.blur()")
    ActionChains(browser).move_to_element(browser.find_element(By.ID, "title")).perform()
    assert (
        int(js(browser, 'document.querySelector(".plot canvas").dataset.lines')) == int(before) - 2
    )
    assert colours(browser, 0).get("0,114,178", 0) == 0
    browser.find_element(By.CSS_SELECTOR, '#legend [data-run="0"]').send_keys(Keys.SPACE)
    assert js(browser, 'document.querySelector(".plot canvas").dataset.lines') == before


@pytest.mark.slow
def test_hover_tells_the_nearest_value_and_zoom_comes_and_goes(sweep, page):
    browser = page()
    click(browser, "#select-none")
    click(browser, '#table [data-run="0"] input')
    canvas = browser.find_elements(By.CSS_SELECTOR, ".plot canvas")[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    canvas.send_keys(Keys.ARROW_RIGHT)
    assert "accuracy 97.00 %" in browser.find_element(By.ID, "tip").text
    assert "epoch 12" in browser.find_element(By.ID, "tip").text
    ActionChains(browser).move_to_element(canvas).move_by_offset(
        -100, 0
    ).click_and_hold().move_by_offset(150, 5).release().perform()
    assert not js(browser, "document.getElementById('zoom-out').hidden")
    ActionChains(browser).double_click(canvas).perform()
    assert js(browser, "document.getElementById('zoom-out').hidden")


@pytest.mark.slow
def test_axes_smoothing_and_metric(sweep, page):
    browser = page()
    shapes = []
    for change in (
        "null",
        "document.querySelectorAll('#chart-a .chart-head input')[0].click()",
        "Object.assign(document.getElementById('smoothing'), {value: 0.9})"
        ".dispatchEvent(new Event('input'))",
    ):
        browser.execute_script(change)
        shapes.append(js(browser, "document.querySelector('.plot canvas').toDataURL()"))
    for name, value in (("curve-x", "step"), ("curve-x", "elapsed"), ("metric", None)):
        choice = Select(browser.find_element(By.ID, name))
        choice.select_by_value(value) if value else choice.select_by_visible_text("val_loss")
        shapes.append(js(browser, "document.querySelector('.plot canvas').toDataURL()"))
    assert len(set(shapes[:5])) == 5  # each of them changes the picture
    assert texts(browser, "#table thead button")[3] == "val_loss"
    Select(browser.find_element(By.CSS_SELECTOR, "#chart-b select")).select_by_value("grad_norm")
    assert int(js(browser, "document.querySelectorAll('.plot canvas')[1].dataset.lines")) == 8


@pytest.mark.slow
def test_config_difference_of_the_chosen(sweep, page):
    browser = page()
    click(browser, "#select-none")
    assert "Select two" in browser.find_element(By.ID, "diff-table").text
    for i in (0, 1):
        click(browser, f'#table [data-run="{i}"] input')
    assert texts(browser, "#diff-table tbody td") == ["optim.lr", "0.01", "0.1"]
    assert texts(browser, "#diff-table td.other") == ["0.1"]
    click(browser, "#diff-all")
    assert "model.layers" in texts(browser, "#diff-table td:first-child")


@pytest.mark.slow
def test_one_run_shows_its_counts_and_its_mistakes(sweep, page):
    browser = page()
    Select(browser.find_element(By.ID, "run-choice")).select_by_value("1")
    rows = [
        row.text.split() for row in browser.find_elements(By.CSS_SELECTOR, ".confusion tbody tr")
    ]
    assert rows[0][:3] == ["cat", "90", "1"]
    assert rows[0][-2:] == ["98.9", "%"]
    pictures = browser.find_elements(By.CSS_SELECTOR, ".mistakes canvas")
    assert len(pictures) == 5
    assert texts(browser, ".mistakes figcaption")[0].split("\n") == ["cat → dog", "90 %"]
    first = js(browser, "[...document.querySelector('.mistakes canvas').getContext('2d')"
                        ".getImageData(0, 0, 4, 4).data.slice(0, 8)]")  # fmt: skip
    assert first == [0, 1, 2, 255, 3, 4, 5, 255]  # 48 features: 4 x 4 pixels, red green blue
    click(browser, "#run-on")
    assert js(browser, "document.getElementById('run-choice').value") == "2"


@pytest.mark.slow
def test_brushing_an_axis_chooses_runs(sweep, page):
    browser = page()
    axis = browser.find_element(By.CSS_SELECTOR, '[data-axis="val_accuracy"]')
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", axis)
    ActionChains(browser).move_to_element(axis).click_and_hold().move_by_offset(
        0, -400
    ).release().perform()
    button = browser.find_element(By.ID, "brush-select")
    n = int(button.text.split()[-1])
    assert 3 <= n <= 9
    click(browser, "#brush-select")
    assert len(texts(browser, "#legend button")) == n
    click(browser, "#brush-clear")
    assert not button.is_displayed()


@pytest.mark.slow
def test_dark_and_narrow(sweep, page):
    browser = page()
    light = js(browser, "getComputedStyle(document.body).backgroundColor")
    click(browser, "#theme")
    assert js(browser, "getComputedStyle(document.body).backgroundColor") != light
    browser.set_window_size(500, 900)
    try:
        fits = "document.documentElement.scrollWidth <= innerWidth"
        WebDriverWait(browser, 5).until(lambda b: js(b, fits))
    finally:
        browser.set_window_size(1400, 1000)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("linearTicks(0, 1, 5)", [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ("linearTicks(0.913, 0.977, 4)", [0.92, 0.94, 0.96]),
        ("linearTicks(1, 50, 5)", [10, 20, 30, 40, 50]),
        ("linearTicks(3, 3, 5)", [3]),
        ("short(logTicks(0.001, 1, 6))", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]),
        ("short(logTicks(0.02, 0.5, 6))", [0.02, 0.05, 0.1, 0.2, 0.5]),
        ("logTicks(1e-12, 1, 6).length <= 7", True),
        ("tickText(0.9755, true, 0.001)", "97.55 %"),
        ("tickText(0.2, true, 0.2)", "20 %"),
        ("tickText(0.00001, false, 1)", "1e-5"),
        ("tickText(12345, false, 1)", "12,345"),
        ("smooth([1, 2, 3], 0)", [1, 2, 3]),
        # by hand: m = 0.5 m + 0.5 x from 0, divided by 1 - 0.5^t
        ("smooth([1, 2, 4], 0.5)", [1, 1.25 / 0.75, 2.625 / 0.875]),
        ("smooth([4, NaN, 4], 0.9).filter(Number.isFinite)", [4, 4]),
        ("usefulRange([], true, false)", [0, 1, False]),
        ("usefulRange([NaN, 2, 2], true, false)", [1.8, 2.2, False]),
        ("usefulRange([0, -1, 1, 100], true, true).slice(0, 2).map(Math.log10)", [-0.08, 2.08]),
        # twenty losses below 1 and one of 1000: the range forgets the one, and says so
        ("usefulRange(oneFar, true, false)[1] < 5", True),
        ("usefulRange(oneFar, true, false)[2]", True),
        # for an accuracy it is the low end that may be forgotten
        ("usefulRange(oneFar, false, false)[1] > 999", True),
    ],
)  # fmt: skip
def test_axes_in_numbers(browser, expression, value):
    source = (files("mlp_scratch.report.compare_page") / "web" / "scale.js").read_text("utf-8")
    browser.get("about:blank")
    result = browser.execute_script(
        f"{source}\n"
        "const oneFar = [...Array(20).keys()].map((i) => i / 20).concat(1000);"
        "const short = (values) => values.map((v) => Number(v.toPrecision(3)));"
        f"return {expression}"
    )
    assert result == pytest.approx(value) if isinstance(value, list) else result == value


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_single_run(runs, page, status):
    runs.add("only", status=status, epochs=5 if status == "finished" else 0)
    browser = page()
    assert labels(browser) == ["only"]
    assert "needs two runs" in browser.find_element(By.ID, "parallel-plot").text
    assert "at least 6 runs" in browser.find_element(By.ID, "importance-plot").text


@pytest.mark.slow
def test_seeds_become_one_line_with_a_band(runs, page):
    for seed, level in enumerate((0.90, 0.92, 0.97)):
        runs.add(f"a{seed}", level, seed=seed)
    runs.add("b0", 0.5, seed=0, optim__lr=0.1)
    runs.add("b1", 0.5, seed=1, optim__lr=0.1, status="running")
    browser = page()
    assert len(texts(browser, "#legend button")) == 5
    click(browser, "#mean")
    entries = texts(browser, "#legend button")
    assert len(entries) == 3  # the running one stays on its own
    assert "lr 0.001 (mean of 3 seeds)" in entries[0]
    assert "93.00 ± 3.61 %" in entries[0]  # by hand: deviations -3, -1, 4; sqrt(26 / 2)
    canvas = browser.find_elements(By.CSS_SELECTOR, ".plot canvas")[0]
    canvas.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert "93.00 % ± 3.61 %" in browser.find_element(By.ID, "tip").text
    click(browser, "#mean")
    assert len(texts(browser, "#legend button")) == 5


@pytest.fixture
def tasks(runs):
    """Runs of classes, of numbers and of several labels beside one another."""
    runs.add("classes", 0.9)
    true = np.random.default_rng(0).normal(size=(400, 2))
    for name, level in (("good", 0.8), ("poor", 0.4)):
        folder = runs.add(name, level, task="regression", optim__lr=level)
        np.savez(folder / "answers.npz", true=true, predicted=true + 1 - level)
    runs.add("labels", 0.7, task="multilabel")
    many = {"classes": [f"{i}" for i in range(2000)]}
    counts = {"true": [0], "predicted": [1999], "count": [3]}
    runs.add("many", 0.5, summary={"data": many, "test": {"confusion_matrix": counts}})
    return runs


@pytest.mark.slow
def test_another_metric_gives_places_to_the_runs_that_have_it(tasks, page):
    browser = page()
    assert labels(browser)[:2] == ["classes", "many"]
    assert "90.00 %" in texts(browser, "#table tr[data-run] td.main")[0]
    Select(browser.find_element(By.ID, "metric")).select_by_visible_text("val_rmse")
    assert labels(browser)[:2] == ["good", "poor"]
    assert texts(browser, "#table td.main")[:3] == ["8.000", "24", "–"]
    choices = browser.find_elements(By.CSS_SELECTOR, ".chart-head select")
    assert [choice.get_attribute("value") for choice in choices] == ["rmse", "loss"]
    click(browser, "#select-best")
    assert texts(browser, "#legend .value") == ["8.000", "24"]


@pytest.mark.slow
def test_each_task_shows_what_its_test_left(tasks, page):
    browser = page(metric="val_rmse")

    def opened(label):
        names = [
            option.text for option in Select(browser.find_element(By.ID, "run-choice")).options
        ]
        at = next(i for i, name in enumerate(names) if name.endswith(label))
        Select(browser.find_element(By.ID, "run-choice")).select_by_index(at)
        return browser.find_element(By.ID, "run-body").text

    good = opened("good")
    assert "Predicted and true" in good
    assert "300 of 400 rows" in good
    assert "test_rmse\n8.400" in good
    assert "onfusion" not in good
    assert "mistakes" not in good
    assert len(browser.find_elements(By.CSS_SELECTOR, ".scatters canvas")) == 2
    drawn = js(
        browser,
        """[...document.querySelectorAll(".scatters canvas")].map((c) => {
        const g = c.getContext("2d");
        return g.getImageData(0, 0, c.width, c.height).data.some((v) => v);
    })""",
    )
    assert drawn == [True, True]
    several = opened("labels")
    assert "test_macro_f1\n69.00 %" in several
    assert "onfusion" not in several
    assert not texts(browser, "#run-body .empty")
    assert "The matrix of 2,000 classes is left out" in opened("many")
    assert "Most confident mistakes" in opened("classes")


def test_points_answer_the_pointer(tasks, page):
    browser = page(metric="val_rmse")
    canvas = browser.find_element(By.CSS_SELECTOR, ".scatters canvas")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    said = js(
        browser,
        """(() => {
        const c = document.querySelector(".scatters canvas");
        const tip = document.getElementById("tip");
        const { left, top, width, height } = c.getBoundingClientRect();
        for (let y = 5; y < height; y += 3) for (let x = 60; x < width; x += 3) {
            const place = { clientX: left + x, clientY: top + y };
            c.dispatchEvent(new PointerEvent("pointermove", place));
            if (!tip.hidden) return tip.textContent;
        }
    })()""",
    )
    assert said.startswith("true ")
    assert "predicted" in said
