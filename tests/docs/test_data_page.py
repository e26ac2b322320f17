"""docs/data.md: its five files go from download to prediction, word for word; its keys exist."""

import re
import shutil
from pathlib import Path

import pytest
from test_readme import in_shell

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.lookup.plans import DATASETS

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
FILES = {  # what a download is called, and what it is called among the real data
    "iris.csv": "iris.csv",
    "titanic.csv": "titanic-kaggle.csv",
    "housing.csv": "california-housing.csv",
    "auto-mpg.data": "auto-mpg.data",
    "diabetes_data_raw.csv.gz": "diabetes-features.csv.gz",
    "diabetes_target.csv.gz": "diabetes-target.csv.gz",
}


def downloads(block: str) -> list[str]:
    """What the block's downloads are called here."""
    lines = [line.split() for line in block.splitlines() if line.startswith("curl ")]
    return [w[w.index("-o") + 1] if "-o" in w else w[-1].rpartition("/")[2] for w in lines]


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda block: downloads(block)[0])
def test_files_from_download_to_prediction(
    block: str, tables_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in downloads(block):
        shutil.copyfile(tables_dir / FILES[name], tmp_path / name)
    lines = [line for line in block.splitlines() if not line.startswith("curl ")]
    said = ""
    for line in lines:
        done = in_shell("bash", f"{BLOCKS[0].strip()}; {line}", tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said += done.stdout
    for shown in re.findall(r"^```\n(.*?)^```", PAGE, re.M | re.S):
        if "PassengerId" in shown and "titanic" in block:
            assert shown in said
    assert "evaluate" in block or list(tmp_path.glob("*_predictions.csv"))


def test_its_keys_and_data_sets_exist() -> None:
    config = compose_config(["data=digits"])
    keys = set(re.findall(r"\bdata\.(\w+)", PAGE)) - {"md"}
    assert {key for key in keys if not hasattr(config.data, key)} == set()
    assert set(DATASETS) - {"csv"} <= set(re.findall(r"`(\w+)`", PAGE))
