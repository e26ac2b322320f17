"""The Python on docs/python.md runs as it stands there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
NEEDS = {"sklearn": "sklearn", "onnxruntime": "onnx"}


def test_the_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    names: dict = {}
    skipped = []
    for block in blocks:
        missing = [e for package, e in NEEDS.items() if package in block and not there(package)]
        if missing:
            skipped += missing
            continue
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["accuracy"] > 0.75
    assert (names["again"].predict(names["x_test"]) == names["labels"]).all()
    if skipped:
        pytest.skip(f"the rest needs the extras {', '.join(skipped)}")


def there(package):
    try:
        __import__(package)
        if package == "onnxruntime":
            __import__("onnx")
    except ImportError:
        return False
    return True
