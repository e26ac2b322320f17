"""Damage to a study's database: whole SQLite, with names, values and statements of a stranger's."""

import contextlib
import json
import random
import sqlite3
from pathlib import Path

import payloads

_ENDLESS = (
    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)"
)
STATEMENTS = [
    "UPDATE studies SET study_name = 'other'",
    "UPDATE study_directions SET direction = 'MAXIMIZE'",
    "UPDATE study_directions SET direction = 'SIDEWAYS'",
    "DELETE FROM study_directions",
    "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 1, 1)",
    "UPDATE trials SET state = 'RUNNING'",
    "UPDATE trials SET state = 'WAITING'",
    "UPDATE trials SET state = 'ASLEEP'",
    "UPDATE trials SET number = -1",
    "UPDATE trials SET number = 9000000000000000000",
    "UPDATE trials SET number = 'x'",
    "UPDATE trials SET datetime_start = 'never'",
    "UPDATE trials SET study_id = 77",
    "UPDATE trial_values SET value = 1e308",
    "UPDATE trial_values SET value = 'x', value_type = 'FINITE'",
    "UPDATE trial_values SET value_type = 'INF_POS'",
    "UPDATE trial_values SET value_type = 'NAN'",
    "DELETE FROM trial_values",
    "UPDATE trial_params SET param_value = 1e999",
    "UPDATE trial_params SET param_value = -5",
    "UPDATE trial_params SET param_value = 'x'",
    "UPDATE trial_params SET param_name = 'name'",
    "UPDATE trial_params SET param_name = '+hydra.callbacks.x._target_'",
    "UPDATE trial_params SET distribution_json = '{}'",
    "UPDATE trial_params SET distribution_json = 'x'",
    "UPDATE trial_params SET distribution_json = '[' || printf('%.20000c', '[')",
    'UPDATE trial_params SET distribution_json = \'{"name": "CategoricalDistribution", '
    '"attributes": {"choices": ["../victim", "/victim"]}}\'',
    'UPDATE trial_params SET distribution_json = \'{"name": "FloatDistribution", "attributes": '
    '{"low": NaN, "high": Infinity, "log": true, "step": null}}\'',
    'UPDATE trial_params SET distribution_json = \'{"name": "IntDistribution", "attributes": '
    '{"low": 0, "high": 1e300, "log": false, "step": 1e-300}}\'',
    "UPDATE trial_user_attributes SET value_json = 'x'",
    "UPDATE trial_user_attributes SET value_json = '7'",
    "UPDATE trial_user_attributes SET value_json = '{\"a\": []}'",
    "UPDATE trial_user_attributes SET value_json = 'null'",
    "UPDATE trial_user_attributes SET value_json = '\"' || printf('%.1000000c', 'x') || '\"'",
    "UPDATE version_info SET schema_version = 99",
    "UPDATE version_info SET library_version = '99.0.0'",
    "UPDATE alembic_version SET version_num = 'v9.9.9.z'",
    "DELETE FROM version_info",
    "DROP TABLE trials",
    "ALTER TABLE trials RENAME TO others",
    "ALTER TABLE trials RENAME COLUMN state TO status",
    f"DROP TABLE study_user_attributes; CREATE VIEW study_user_attributes AS SELECT {_ENDLESS} AS "
    "study_user_attribute_id, 1 AS study_id, 'x' AS key, '1' AS value_json",
    f"ALTER TABLE trials RENAME TO t; CREATE VIEW trials AS SELECT * FROM t WHERE {_ENDLESS} > 0",
    f"CREATE TRIGGER busy AFTER INSERT ON trials BEGIN UPDATE trials SET number = {_ENDLESS}; END",
    "ALTER TABLE studies RENAME TO s; CREATE VIEW studies AS SELECT study_id, zeroblob(999999999) "
    "AS study_name FROM s",
    "CREATE TRIGGER wipe AFTER INSERT ON trials BEGIN DELETE FROM trial_user_attributes; END",
    "CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9999) "
    "SELECT i, zeroblob(1000) AS z FROM n",
    "PRAGMA user_version = 7",
    "PRAGMA journal_mode = WAL",
    "CREATE INDEX odd ON trials (abs(number))",
    "ATTACH 'x.db' AS other; CREATE TABLE other.t (a)",
]


def _changed(path: Path, statements: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        if values:
            database.execute(statements, values)
        else:
            database.executescript(statements)
        database.commit()


def belongs_here(folder: Path) -> None:
    """Let the study's trials belong to the search in ``folder``, as they do where they are made."""
    owner = json.dumps(str(folder.absolute()))
    sets = "UPDATE trial_user_attributes SET value_json = ? WHERE key = 'owner'"
    _changed(folder / "study.db", sets, owner)


def statements(rng: random.Random, folder: Path, number: int) -> None:
    """The database holds other values, tables, views or triggers."""
    with contextlib.suppress(sqlite3.Error):
        _changed(folder / "study.db", STATEMENTS[number % len(STATEMENTS)])


def names(rng: random.Random, folder: Path, number: int) -> None:
    """A trial's folder is called what it likes, and the trial is still under way."""
    name = json.dumps(payloads.NAMES[number % len(payloads.NAMES)])
    sets = "UPDATE trial_user_attributes SET value_json = ? WHERE key = 'folder'"
    _changed(folder / "study.db", sets, name)
    if number % 2:
        _changed(folder / "study.db", "UPDATE trials SET state = 'RUNNING'")


def crowd(rng: random.Random, folder: Path, number: int) -> None:
    """Thousands of trials."""
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n LIMIT 5000) "
        f"INSERT INTO trials (number, study_id, state) SELECT i, 1, '{rng.choice(_STATES)}' FROM n"
    )
    _changed(folder / "study.db", many)


_STATES = ("COMPLETE", "RUNNING", "WAITING", "FAIL", "PRUNED")
