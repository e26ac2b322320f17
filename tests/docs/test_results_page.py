"""The page of results says what the records give, and a record tells nothing of a machine."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlp_scratch.nested import walk

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import records
import results_page

RECORDS = sorted((records.DOCS / "results").glob("*/*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


@pytest.mark.slow
def test_the_table_is_what_the_records_give() -> None:
    text = (records.DOCS / "results.md").read_text("utf-8")
    assert results_page.page_of(text, results_page.all_rows()) == text


def test_every_row_from_before_is_of_a_claim_that_there_is() -> None:
    rows = {(row.preset, row.claim.text): row for row in results_page.all_rows()}
    assert set(records.before_records()) <= set(rows)


@pytest.mark.parametrize("path", RECORDS, ids=named)
def test_a_record(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text) < 8000
    record = json.loads(text)
    assert tuple(record) == records.KEYS
    assert record["status"] in ("finished", "stopped_early")
    assert records.digest_of(record["config"]) == record["config_digest"]
    assert {"python", "numpy"} < set(record["versions"])
    assert re.fullmatch(r"[0-9a-f]{40}", record["git"]["commit"])
    for digest in (record["data"]["digest"], *record["checkpoints"].values()):
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert set(record["checkpoints"]) == {"best", "last"}
    assert record["timed"] in ("run", "command")
    assert record["seconds"] > 0
    assert {"best", "last"} <= set(record["test"])
    for key, value in walk(record):
        assert key.rpartition(".")[2] not in ("dir", "cache_dir", "host", "source", "command"), key
        assert not [said for said in texts(value) if re.search(r"[\\/]", said)], key
