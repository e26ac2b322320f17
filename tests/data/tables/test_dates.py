"""Dates as people write them."""

from pathlib import Path

import numpy as np

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text.text_settings import Reading


def _day(date: str) -> int:
    return int((np.datetime64(date) - np.datetime64("1970-01-01")).astype(int))


def read(folder: Path, text: str, missing: tuple[str, ...] | None = None, **roles) -> Table:
    path = folder / "table.csv"
    path.write_text(text)
    roles = {"label": "label"} | roles
    return read_table(path, Reading(missing_values=missing), Roles(**roles))


def one_column(folder: Path, fields: list[str], name: str = "a", **more) -> Table:
    """A table whose second column holds the fields; its third is there so that there is one."""
    rows = [f"{'pq'[i % 2]},{field},{i * i % 7 + 0.5}\n" for i, field in enumerate(fields)]
    return read(folder, f"label,{name},rest\n" + "".join(rows), **more)


def test_dates_are_days(tmp_path: Path) -> None:
    fields = ["2020-02-29 06:00", "1969-12-31", "", "2020-02-29T06:00:00-06:00"]
    table = one_column(tmp_path, fields)
    leap = _day("2020-02-29")
    found = table.x[:, 0] + table.offset[0]
    np.testing.assert_allclose(found, [leap + 0.25, -1, np.nan, leap + 0.5], atol=1e-3)
    assert table.columns[0].words == ()
    months = one_column(tmp_path, ["1960-12", "Feb 1960", "1960 Q3"])
    days = [_day("1960-12-01"), _day("1960-02-01"), _day("1960-07-01")]
    assert (months.x[:, 0] + months.offset[0]).tolist() == days
    first = one_column(tmp_path, ["13/2/2020", "1/2/2020"])
    assert first.columns[0].words == ("day first",)
    again = one_column(tmp_path, ["1/2/2020"])
    assert "day and month" in again.notes[1]
    known = read_table(tmp_path / "table.csv", Reading(), Roles(label=()), first.columns)
    assert known.x[0, 0] + known.offset[0] == _day("2020-02-01")
