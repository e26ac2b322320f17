"""The table of filters on a page in Chromium: the very answers of the command line."""

import json
from importlib.resources import files

import pytest
from filter_table import CASES, TYPED, answer, listed, table_runs
from hypothesis import HealthCheck, given, settings

from mlp_scratch.report.compare_page.compare_page import SCRIPTS, write_compare_page

pytest.importorskip("selenium", reason="selenium is not installed (mlp-scratch[browser])")
from selenium.webdriver.support.ui import WebDriverWait

SHARED, WEB = files("mlp_scratch.report") / "web", files("mlp_scratch.report.compare_page") / "web"
ASK = """
return arguments[0].map((text) => {
  try {
    const test = compileFilter(text, NAMES, SHARES);
    return RUNS.filter((run) => test(seen(run))).map((run) => run.label);
  } catch (error) {
    return error.message;
  }
});
"""


@pytest.fixture(scope="module")
def asked(browser, tmp_path_factory):
    """The runs of the table, and a function that asks their page for its answers to texts."""
    folder = tmp_path_factory.mktemp("page")
    runs = table_runs(folder / "outputs")
    browser.get(write_compare_page(runs, folder / "page.html").as_uri())
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"
    before = SCRIPTS[: SCRIPTS.index("selection.js") + 1]  # the page's own keep to themselves
    paths = [SHARED / "elements.js", *(WEB / name for name in before)]
    source = "\n".join(path.read_text("utf-8") for path in paths)

    def ask(texts):
        answers = browser.execute_script(f"{source}\n{ASK}", texts)
        return [a if isinstance(a, str) else listed(set(a)) for a in answers]

    return runs, ask


def differing(texts, answers, expected):
    """What the two say about each text where they do not say the same."""
    triples = zip(texts, answers, expected, strict=True)
    return [json.dumps(t) for t in triples if t[1] != t[2]]


def test_the_table(asked):
    _, ask = asked
    texts, expected = zip(*CASES, strict=True)
    assert differing(texts, ask(texts), expected) == []


@pytest.mark.slow
def test_what_the_command_line_says_of_any_text_the_page_says_too(asked):
    runs, ask = asked
    texts = set()

    @settings(max_examples=400, suppress_health_check=list(HealthCheck))
    @given(TYPED)
    def collect(text):
        texts.add(text)

    collect()
    texts = sorted(texts)
    expected = [answer(runs, text) for text in texts]
    assert len(texts) >= 200
    assert sum(not text.startswith("at character") for text in expected) >= 50
    assert differing(texts, ask(texts), expected) == []


@pytest.mark.parametrize("width", [400, 1400])
def test_what_is_refused_can_be_read(asked, browser, width):
    """The message breaks into lines: no part of it lies outside the window or its own box."""
    browser.set_window_size(width, 1000)
    browser.execute_script("""
        const box = document.getElementById("filter");
        box.value = "learning_speed = 0.1";
        box.dispatchEvent(new Event("input"));
    """)
    said = browser.find_element("id", "filter-said")
    WebDriverWait(browser, 5).until(lambda _: said.text.startswith("at character 1: no run has"))
    assert said.get_attribute("class") == "bad"
    assert browser.execute_script("""
        const said = arguments[0], box = said.getBoundingClientRect();
        return box.left >= 0 && box.right <= innerWidth && said.scrollWidth <= said.clientWidth;
    """, said)  # fmt: skip
