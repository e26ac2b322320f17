"""Tables that the user names: the files, and what the plan to read them depends on."""

from dataclasses import asdict
from pathlib import Path

from mlp_scratch.data.requests import Plan, Request, existing, if_file, test_file
from mlp_scratch.data.tables.any_table import parse_any_tables
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.reading import Reading
from mlp_scratch.errors import DataError


def plan_table(request: Request) -> Plan:
    path = existing(request)
    if path.is_dir():
        train = path / "train.csv"
        if not train.is_file():
            raise DataError(f"{path}: no train.csv in it; give the file itself: data.path=FILE.csv")
        files, labelled = [train, *if_file(path / "test.csv")], False
    else:
        files, labelled = [path, *test_file(request)], True
    return tables(files, request.roles, request.reading, labelled=labelled)


def tables(
    files: list[Path],
    roles: Roles,
    reading: Reading,
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
    *,
    labelled: bool,
) -> Plan:
    """files: of the training rows and perhaps of test rows, which must be ``labelled``, or may."""
    test = files[1] if len(files) > 1 else None
    return Plan(
        files,
        lambda: parse_any_tables(
            files[0], test, reading, roles, labelled, class_names, image_shape
        ),
        {"roles": asdict(roles), "reading": asdict(reading), "labelled": labelled},
    )
