"""Going on from the state that a checkpoint holds."""

from dataclasses import replace

import pytest
from made_trainers import Silent, make_rows, make_trainer, state_of

from mlp_scratch.engine.checkpoint.training_state import load
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.nn.adversarial import ADVERSARIES


@pytest.mark.parametrize(
    ("batch_norm", "average"), [(False, "none"), (True, "none"), (True, "ema"), (False, "swa")]
)
@pytest.mark.parametrize("stop_at", [1, 7, 8, 13, 17])
def test_going_on_from_any_step_gives_the_same_bits(
    stop_at: int, batch_norm: bool, average: str
) -> None:
    settings = Settings(
        epochs=3,
        batch_size=8,
        seed=5,
        l2=1e-3,
        clip_norm=0.5,
        max_norm=2.0,
        bn_recompute=batch_norm,
    )
    train, validation = make_rows(60), make_rows(20, seed=9)

    def fresh() -> Trainer:
        return make_trainer(
            train,
            settings,
            validation=validation,
            dropout=0.3,
            batch_norm=batch_norm,
            average=average,
        )

    undisturbed = fresh()
    undisturbed.run()
    first = fresh()
    counted = first.descent.step

    def stopping(*args):
        if first.step == stop_at - 1:
            first.stop_requested = True
        return counted(*args)

    first.descent.step = stopping  # type: ignore[method-assign]
    assert first.run() == "interrupted"
    assert first.step == stop_at
    arrays, values = state_of(first)
    second = fresh()
    load(second, {k: v.copy() for k, v in arrays.items()}, values, first.history)
    assert second.run() == "finished"
    ours, theirs = state_of(second), state_of(undisturbed)
    assert ours[1] == theirs[1]
    for name in theirs[0]:
        assert ours[0][name].tobytes() == theirs[0][name].tobytes(), name
    for mine, other in zip(second.history, undisturbed.history, strict=True):
        timings = ("seconds", "samples_per_second")
        assert {k: v for k, v in mine.items() if k not in timings} == {
            k: v for k, v in other.items() if k not in timings
        }


def test_virtual_adversaries_are_drawn_again_after_a_stop() -> None:
    settings = Settings(epochs=2, batch_size=8, seed=5)
    vat = ADVERSARIES["vat"](epsilon=0.5, weight=1.0, xi=0.1, power_iterations=1)
    train = make_rows(60)
    whole = make_trainer(train, settings, adversary=vat)
    whole.run()
    first = make_trainer(train, settings, adversary=vat)
    observer = Silent()
    observer.on_step_checkpoint = lambda: setattr(first, "stop_requested", True)  # type: ignore
    first.settings = replace(settings, checkpoint_every_steps=11)
    assert first.run([observer]) == "interrupted"
    second = make_trainer(train, settings, adversary=vat)
    arrays, values = state_of(first)
    load(second, {k: v.copy() for k, v in arrays.items()}, values, first.history)
    second.run()
    ours, plain = second.network.parameters.values, make_trainer(train, settings)
    assert ours.tobytes() == whole.network.parameters.values.tobytes()
    plain.run()
    assert ours.tobytes() != plain.network.parameters.values.tobytes()
