"""What a diagnosis found, on the page: whatever a summary holds, cut to a size."""

from typing import Any

import pytest

from mlp_scratch.report.compare_page.compare_page import write_compare_page
from mlp_scratch.report.compare_page.runs_as_json import LONGEST_LINE, MOST_FINDINGS, findings_of
from mlp_scratch.runs.reader import read_runs

EVIL = "<img src=x onerror=alert(1)>"
FOUND = [
    {"rule": "overfitting", "evidence": f"accuracy 100 % {EVIL}", "try": "augment=affine"},
    {"rule": "dead units", "evidence": "9 of 10 units", "try": "optim.lr=0.01"},
]

CASES: dict[str, tuple[Any, list[list[str]] | None]] = {
    "nobody looked": (None, None),
    "all is well": ([], []),
    "two findings": (FOUND, [[*entry.values()] for entry in FOUND]),
    "no list": ("overfitting", None),
    "no findings in it": ([1, None, []], []),
    "numbers and gaps": ([{"rule": 7, "evidence": None}], [["7", "", ""]]),
}


@pytest.mark.parametrize("case", CASES)
def test_findings_of_a_summary(case, runs):
    told, expected = CASES[case]
    runs.add("a", summary={} if told is None else {"diagnosis": told})
    (run,) = read_runs(runs.root)
    assert findings_of(run) == expected


def test_a_summary_that_tells_too_much_is_cut(runs):
    runs.add("a", summary={"diagnosis": [{"rule": "x" * 10_000}] * 100})
    (run,) = read_runs(runs.root)
    found = findings_of(run)
    assert len(found) == MOST_FINDINGS
    assert len(found[0][0]) == LONGEST_LINE


def test_the_page_of_a_run_shows_them(runs, quiet, tmp_path):
    pytest.importorskip("selenium", reason="selenium is not installed (mlp-scratch[browser])")
    from selenium.webdriver.common.by import By

    runs.add("a", 0.9, summary={"diagnosis": FOUND})
    runs.add("b", 0.8, summary={"diagnosis": []})
    quiet.get(write_compare_page(read_runs(runs.root), tmp_path / "report.html").as_uri())

    def shown(selector):
        return [e.text for e in quiet.find_elements(By.CSS_SELECTOR, f"#run-body {selector}")]

    assert shown(".findings li") == [
        f"{entry['rule']}: {entry['evidence']}; try {entry['try']}" for entry in FOUND
    ]
    assert shown(".findings code") == [entry["try"] for entry in FOUND]
    quiet.find_element(By.ID, "run-on").click()
    assert shown(".findings") == []
    assert "Diagnosis: nothing stands out." in shown("p.faint")
