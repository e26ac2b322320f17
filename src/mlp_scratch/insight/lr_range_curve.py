"""The learning-rate range test: one short training in which the rate grows from step to step.

Too small a rate moves nothing, so the loss stays; a good one lowers it; one too large lets it rise,
or blow up. Where that happens is seen in one run instead of one run for each rate.

Smith 2017, "Cyclical learning rates for training neural networks", section 3.3, grows the rate
linearly over several epochs and looks at the accuracy; here, as in fastai's ``lr_find``, it grows
by one factor at each step, over many powers of ten, and the loss of the batches is looked at.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp_scratch.engine.trainer import Trainer

LOWEST, HIGHEST = 1e-6, 10.0
FEWEST, MOST = 300, 1000  # steps: of a small table several passes, of a large one a part of it
FULL = 100  # steps, where each is a pass: there is no noise to average away
BLOWN_UP = 4.0  # times the lowest loss, both smoothed, as in fastai
SHARE = 1 / 3  # of the rate with the lowest loss
NOTHING = 0.01  # of the first loss: a smaller fall is none
_RUNNING = 0.9  # memory of the running mean that says when to stop
_WIDTH = 0.2  # powers of ten that a smoothed loss looks to each side: a standard deviation


@dataclass(frozen=True)
class RangeTest:
    """rates, losses (n,) float64: of each step made, the rate and the batch's loss before it.
    smooth (n,): the losses without the batches' noise. blew_up: whether it ended by that."""

    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    blew_up: bool

    @property
    def lowest(self) -> float:
        """The rate at which the smoothed loss is lowest."""
        return float(self.rates[np.argmin(self.smooth)])


def steps_of(trainer: Trainer) -> int:
    """A pass over the training rows, but no fewer than FEWEST steps and no more than MOST; FULL
    steps where a batch has all rows."""
    if trainer.settings.batch_size is None:
        return FULL
    return min(max(trainer.n_batches, FEWEST), MOST)


def range_test(trainer: Trainer, tell: Callable[[], object] = lambda: None) -> RangeTest:
    """Train, the rate going from LOWEST to HIGHEST, until that is reached or the loss blows up.

    Rows, batches and draws are those of the run that the trainer is for; its network and optimizer
    are used up by it. tell: called after each step.
    """
    rates, losses = np.geomspace(LOWEST, HIGHEST, steps_of(trainer)), list[float]()
    settings, size = trainer.settings, trainer.batch_size
    running = lowest = math.inf
    blew_up = False
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # it is to blow up
        for step, rate in enumerate(rates):
            epoch, batch = divmod(step, trainer.n_batches)
            if batch == 0:
                order = trainer.train.in_order(settings.order_seed, epoch, settings.balanced)
                trainer.descent.workers.start_epoch(epoch, order)
            start = batch * size
            stop = min(start + size, len(trainer.train))
            loss, _ = trainer.descent.step(batch, start, stop, float(rate))
            tell()
            if not math.isfinite(loss):
                blew_up = True
                break
            losses.append(loss)
            running = loss if step == 0 else _RUNNING * running + (1 - _RUNNING) * loss
            lowest = min(lowest, running)
            if running > BLOWN_UP * lowest > 0:
                blew_up = True
                break
    made = rates[: len(losses)]
    return RangeTest(made, np.array(losses), smoothed(made, np.array(losses)), blew_up)


def smoothed(rates: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Losses (n,) as means weighted by a Gaussian over log10 of the rate: no lag, unlike a running
    mean's."""
    if not len(losses):
        return losses
    x = np.log10(rates)
    weights = np.exp(-0.5 * ((x[:, None] - x) / _WIDTH) ** 2)
    return weights @ losses / weights.sum(axis=1)


def suggestion(test: RangeTest) -> float | None:
    """SHARE of the rate with the lowest smoothed loss, to one digit; None where the loss did not
    fall by more than it scatters.

    At the lowest point the loss has just ceased to fall: training there is on the edge. fastai
    takes a tenth, of a minimum that its running mean sees late; this one is not late.
    """
    if not len(test.smooth):
        return None
    before = slice(0, int(np.argmin(test.smooth)) + 1)
    noise = np.std(test.losses[before] - test.smooth[before])
    first = float(test.smooth[0])
    if first - test.smooth.min() <= max(noise, NOTHING * abs(first)):
        return None
    return float(f"{SHARE * test.lowest:.0e}")
