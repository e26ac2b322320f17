"""A module's tests are found by its path: of ``runs/folder.py`` in ``runs/test_folder.py``."""

from pathlib import Path

import mlp_scratch

PACKAGE = Path(mlp_scratch.__file__).parent
TESTS = Path(__file__).parent
DOORS = {"train", "resume", "rerun", "evaluate", "predict", "compare", "inspect", "lr_range"}
# Modules without tests of their own: parts of a larger one, which is tested through its door, or by
# the suites of faults, properties, strangers and commands. This may only shrink.
WITHOUT_TESTS = [
    "blas",
    "bounded_reads",
    "config/help_text",
    "config/keywords",
    "config/paths",
    "data/dataset",
    "data/detect_task",
    "data/fetch/paced_http",
    "data/labels",
    "data/lookup/data_request",
    "data/lookup/lookup_pictures",
    "data/lookup/lookup_tables",
    "data/pictures/ink/figures",
    "data/pictures/ink/paper",
    "data/pictures/ink/ruling",
    "data/tables/cells",
    "data/tables/column_notes",
    "data/tables/columns",
    "data/tables/encoder/column_codes",
    "data/tables/encoder/encode_table",
    "data/tables/encoder/training_statistics",
    "data/tables/formats/thrift_compact",
    "data/tables/formats/unpacked_size_limit",
    "data/tables/gathered",
    "data/tables/not_features",
    "data/tables/table_files",
    "data/tables/table_from_columns",
    "data/tables/table_source",
    "data/tables/text/comment_lines",
    "data/tables/text/counted_text",
    "data/tables/text/dialect",
    "data/tables/text/header",
    "data/tables/text/line_to_blame",
    "data/tables/text/text_encoding",
    "data/tables/text/top_lines",
    "engine/checkpoint/checkpointer",
    "engine/learning_rate",
    "engine/rows",
    "engine/settings",
    "engine/task",
    "errors",
    "experiment/array_labels",
    "experiment/begin",
    "experiment/encode_rows",
    "experiment/evaluate_checkpoints",
    "experiment/frame_rows",
    "experiment/gather_evidence",
    "experiment/in_memory",
    "experiment/load_data",
    "experiment/lr_range_run",
    "experiment/onlookers",
    "experiment/resolve_task",
    "experiment/restore",
    "experiment/stop_signals",
    "export/onnx_graph",
    "inference/answers_in_words",
    "inference/fitted",
    "inference/labelled_rows",
    "inference/new_rows",
    "inference/predict_sample",
    "inference/run_data",
    "insight/diagnosis/evidence",
    "insight/explain/asked",
    "insight/explain/explanation",
    "insight/layers/plain_copy",
    "inspect",
    "nn/weighted_mean",
    "orphans",
    "report/draw_page/inputs_as_json",
    "report/names",
    "report/pictures/explained_row",
    "report/pictures/film",
    "report/tables/diff",
    "runs/network_operations",
    "runs/provenance",
    "sweep/progress",
    "tracking/results",
    "views/asked_row",
    "views/column_effects",
    "views/films",
    "views/one_decision",
    "views/same_layers",
    "views/suspicious_rows",
    "views/view",
]


def place_of_tests(module: Path) -> Path:
    """Where the tests of a module lie, given its path in the package."""
    if module.parent == Path() and module.stem in DOORS:  # what is typed is tested as typed
        return TESTS / "commands" / f"test_{module.name}"
    if module.parent.name == "fast" and (PACKAGE / module.parent.parent / module.name).exists():
        return TESTS / "nn" / "test_fast_equals_plain.py"
    return TESTS / module.parent / f"test_{module.name}"


def test_every_module_has_its_tests_at_its_path() -> None:
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.glob("**/*.py")]
    modules = [module for module in modules if not module.name.startswith("__")]
    without = {m.with_suffix("").as_posix() for m in modules if not place_of_tests(m).is_file()}
    assert without <= {*WITHOUT_TESTS}, "give them tests at their paths"
    assert {*WITHOUT_TESTS} <= without, "they have tests, or are gone: take them off the list"
    assert sorted({*WITHOUT_TESTS}) == WITHOUT_TESTS
