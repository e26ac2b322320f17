"""Tables that the user names: the files, and what the plan to read them depends on."""

from dataclasses import asdict
from pathlib import Path

from mlp_scratch.data.lookup.data_request import Plan, Request, existing, other_files
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.table_files import parse_tables
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError


def plan_table(request: Request) -> Plan:
    path = existing(request)
    others, labelled = other_files(request), True
    if path.is_dir():
        folder, path = path, path / "train.csv"
        if not path.is_file():
            raise DataError(
                f"{folder}: no train.csv in it; give the file itself: data.path=FILE.csv"
            )
        beside = folder / "test.csv"
        if "test" not in others and beside.is_file():
            others, labelled = {"test": beside, **others}, False
    return tables(path, others, request.roles, request.reading, labelled=labelled)


def tables(
    path: Path,
    others: dict[str, Path],
    roles: Roles,
    reading: Reading,
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
    *,
    labelled: bool,
) -> Plan:
    """others: files of test rows, which must be ``labelled``, or may, and of validation rows."""
    options = {"roles": asdict(roles), "reading": asdict(reading), "labelled": labelled}
    return Plan(
        [path, *others.values()],
        lambda: parse_tables(path, others, reading, roles, labelled, class_names, image_shape),
        {**options, "others": [*others]},
    )
