"""Who is told what of a training, and when."""

import pytest
from made_trainers import Silent, make_rows, make_trainer

from mlp_scratch.engine.settings import Settings


@pytest.mark.parametrize("batch_size", [8, 60, None])
def test_observers_are_told_before_the_last_step_of_an_epoch(batch_size: int | None) -> None:
    trainer = make_trainer(make_rows(60), Settings(epochs=3, batch_size=batch_size, seed=0))
    observer, steps = Silent(), []
    observer.before_last_step = lambda epoch: steps.append((epoch, trainer.step))  # type: ignore
    trainer.run([observer])
    n = 8 if batch_size == 8 else 1
    assert steps == [(epoch, n * epoch - 1) for epoch in (1, 2, 3)]


@pytest.mark.parametrize("batch_size", [8, 60, None])
def test_who_wants_it_is_told_of_each_step_but_the_last(batch_size: int | None) -> None:
    trainer = make_trainer(make_rows(60), Settings(epochs=2, batch_size=batch_size, seed=0))
    told: list[tuple[int, int]] = []
    close, other = Silent(), Silent()
    close.each_step = True
    close.on_step = lambda step: told.append((step, trainer.step))  # type: ignore
    trainer.run([other, close])  # the other has no such method
    n = 8 if batch_size == 8 else 1
    assert told == [(step, step) for step in range(1, 2 * n) if step != n]
