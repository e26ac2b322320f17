import sys

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.registry import construct
from mlp_scratch.errors import ConfigError
from mlp_scratch.runs.console import log
from mlp_scratch.tracking.trackers import Careful


def test_nothing_is_told_by_default():
    assert compose_config().tracking == {"name": "none"}


@pytest.mark.parametrize(
    ("name", "package"), [("tensorboard", "tensorboardX"), ("mlflow", "mlflow")]
)
def test_a_missing_extra_is_named(tmp_path, monkeypatch, name, package):
    for loaded in [package, *(m for m in sys.modules if m.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, loaded, None)
    tracker = Careful(construct("tracking", compose_config([f"tracking={name}"]).tracking), name)
    hint = rf"tracking={name} needs {package}: pip install 'mlp-scratch\[{name}\]'"
    with pytest.raises(ConfigError, match=hint):
        tracker.begin(tmp_path, {}, 0)


def test_a_tracker_that_fails_does_not_harm_the_run(caplog, monkeypatch):
    class Broken:
        def begin(self, folder, config, step):
            pass

        def epoch(self, row):
            raise OSError(28, "No space left on device")

        def end(self, summary, pictures):
            raise AssertionError("is not asked again")

    tracker = Careful(Broken(), "tensorboard")
    monkeypatch.setattr(log, "propagate", True)
    with caplog.at_level("WARNING"):
        tracker.begin(None, {}, 0)
        tracker.on_epoch({}, is_best=False)
        tracker.on_epoch({}, is_best=False)
        tracker.end({}, {})
    (record,) = caplog.records
    assert "tracking=tensorboard has stopped" in record.message
    assert "No space left on device" in record.message
