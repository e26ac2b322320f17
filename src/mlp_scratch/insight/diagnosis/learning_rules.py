"""Rules on how the loss went: away, nowhere, up and down."""

import math

import numpy as np

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.diagnosis.finding import Finding, percent
from mlp_scratch.runs.config_file import read_config

BLOWN_UP = 2.0  # times the smallest loss of an epoch, or that of a constant answer
FALLEN = 0.9  # of the first epoch's loss
NOTHING_LEARNT = 0.97  # of the loss of a constant answer
ABOVE_MAJORITY = 0.05  # of what is left above the share of the largest class
FEW_STEPS = 300
RISES, LEAST_RISES, RISE = 0.25, 3, 0.01  # share and number of epochs; of the constant's loss
SWING, STILL_HIGH = 0.15, 0.1  # of the constant's loss: all rises, all falls; where it ends


def diverging(run: Evidence) -> Finding | None:
    """The loss stopped being a number, or ended far above what it had been."""
    lr, smaller = run.lr, smaller_rate(run)
    if run.status == "diverged":
        said = run.message.partition(";")[0] or "the loss became infinite"
        return Finding("diverging", f"{said}, with lr {lr:g}", smaller)
    losses = run.curve("train_loss")
    if not len(losses):
        return None
    last, least, chance = losses[-1], losses.min(), run.chance_loss
    rose = least > 0 and last > BLOWN_UP * least and last > BLOWN_UP * losses[0] / 1.5
    if rose and (chance is None or last > chance / 2):
        epoch = int(run.epochs("train_loss")[losses.argmin()])
        text = f"the training loss rose from {least:.3g} in epoch {epoch} to {last:.3g}, lr {lr:g}"
        return Finding("diverging", text, smaller)
    rests = len(losses) > 1 and not _falls(losses, 1.0)  # of one epoch nobody can tell
    if chance is not None and last > BLOWN_UP * chance and rests:
        text = f"the training loss ends at {last:.3g}, a constant answer has {chance:.3g}"
        text += f", lr {lr:g}"
        return Finding("diverging", text, smaller)
    return None


def _falls(losses: np.ndarray, below: float) -> bool:
    """Still at the end, where it is below this share of the first epoch's."""
    return len(losses) > 1 and losses[-1] == losses.min() < below * losses[0]


def start_too_far_off(run: Evidence) -> Finding | None:
    """The first weights make outputs so large that the whole training goes to undo them."""
    losses, chance = run.curve("train_loss"), run.chance_loss
    if not len(losses) or not chance:
        return None
    if losses[-1] < BLOWN_UP * chance or not _falls(losses, FALLEN):
        return None
    text = f"the training loss falls from {losses[0]:.3g} to {losses[-1]:.3g} still, a constant "
    text += f"answer has {chance:.3g}"
    if run.layers is not None and len(run.layers.epochs) and run.layers.epochs[0] == 0:
        text += f"; outputs deviate by {run.layers['z_std'][0, -1]:.2g} before the first step"
    usual = usual_rate(run)
    longer = f"optim.lr={usual if run.lr < usual else 3 * run.lr:.3g}"
    return Finding("a start too far off", text, run.new("model.init=auto", longer))


def stuck_at_chance(run: Evidence) -> Finding | None:
    """Nothing was learnt that a constant answer would not give."""
    chance, losses = run.chance_loss, run.curve("train_loss")
    if not len(losses) or (chance is not None and losses.min() < NOTHING_LEARNT * chance):
        return None
    if run.task == "classification":
        evidence = _no_better_than_the_largest_class(run)
    elif len(r2 := run.curve("val_r2")):
        best = float(r2.max())
        evidence = None if best > 1 - NOTHING_LEARNT else f"validation R² at best {best:.2f}"
    elif chance is None:
        return None
    else:
        evidence = f"the training loss at best {losses.min():.3g}"
    if evidence is None:
        return None
    if chance is not None:
        evidence += f"; a constant answer has the loss {chance:.3g}"
    return Finding("stuck at chance", evidence, what_makes_it_move(run))


def _no_better_than_the_largest_class(run: Evidence) -> str | None:
    shares, trained = run.class_shares, run.curve("train_accuracy")
    if shares is None or not len(trained):
        return None
    chance = 1 / len(shares) if run.config.get("training.sampler") == "balanced" else shares.max()
    most = chance + ABOVE_MAJORITY * (1 - chance)
    validated = run.curve("val_accuracy")
    best = float(trained.max())
    if len(validated) and run.n_validation:
        error = math.sqrt(chance * (1 - chance) / run.n_validation)
        if validated.max() > most + 3 * error:
            return None
    if run.confusion is not None:
        error = math.sqrt(chance * (1 - chance) / max(run.confusion.sum(), 1))
        if run.tested_accuracy > most + 3 * error:
            return None
    if best > most:
        return None
    return f"training accuracy at best {percent(best)}, the largest class has {percent(chance)}"


def what_makes_it_move(run: Evidence) -> str:
    """What to try where the loss stands still from the start."""
    config, lr, usual = run.config, run.lr, usual_rate(run)
    if run.steps < FEW_STEPS / 10 and (more := more_steps(run)) is not None:
        return more
    if not usual / 10 <= lr <= 10 * usual:
        return f"optim.lr={usual:g}"
    if config["model.init"] != "auto":
        return "model.init=auto"
    if (bent := what_bends(run)) is not None:
        return bent
    if config["activation.name"] in ("sigmoid", "tanh") and len(config["model.layers"]) > 4:
        return "activation=relu"
    if (more := more_steps(run)) is not None:
        return more
    return run.new("optim=adam", "data.normalize=standardize", f"optim.lr={lr / 10:.3g}")


def what_bends(run: Evidence) -> str | None:
    """An override for a network that is a linear map, however many layers it has."""
    if len(run.config["model.layers"]) <= 2:
        return "model.layers=[null,128,64,null]"
    if run.config["activation.name"] == "identity" and not run.config["model.activations"]:
        return "activation=relu"
    return None


def usual_rate(run: Evidence) -> float:
    """The learning rate that ``conf/`` gives the run's optimizer, the run's own where none."""
    file = conf_dir() / "optim" / f"{run.config['optim.name']}.yaml"
    if not file.is_file():
        return run.lr
    return float(read_config(file)["lr"])


def smaller_rate(run: Evidence) -> str:
    """A tenth, or the usual rate where that is far below; else first weights of the user's own."""
    lr, usual = run.lr, usual_rate(run)
    if lr < usual and run.config["model.init"] != "auto":
        return "model.init=auto"
    return f"optim.lr={usual if lr > 100 * usual else lr / 10:.3g}"


def more_steps(run: Evidence) -> str | None:
    """An override for a run that has hardly begun."""
    if run.steps >= FEW_STEPS:
        return None
    size, epochs = run.config["training.batch_size"], int(run.config["training.epochs"])
    if size == "full" or int(size) <= 16:
        return f"training.epochs={5 * epochs}"
    return "training.batch_size=16"


def rate_too_large(run: Evidence) -> Finding | None:
    """The loss goes up and down again, by a lot, and is not small in the end."""
    trained, chance = run.curve("train_loss"), run.chance_loss
    if not len(trained) or not chance or trained[-1] < STILL_HIGH * chance:
        return None
    curves = {"train_loss": "training", "val_loss": "validation"}
    if any(map(run.penalty, ("dropout", "input_dropout"))):
        del curves["train_loss"]  # it goes up and down with the units that are left out
    for name, which in curves.items():
        steps = np.diff(run.curve(name)) / chance
        by_chance = 1 / math.sqrt(max(run.n_validation, 1)) if name == "val_loss" else 0.0
        rises = np.flatnonzero(steps > max(RISE, by_chance))
        if len(rises) < max(LEAST_RISES, RISES * len(steps)):
            continue
        falls = -steps[rises[0] :][steps[rises[0] :] < 0].sum()
        if min(steps[rises].sum(), falls) > SWING:
            largest = steps.max() * chance
            text = f"the {which} loss rose in {len(rises)} of {len(steps)} epochs and fell again, "
            text += f"by up to {largest:.2g}; lr {run.lr:g}"
            return Finding("learning rate too large", text, smaller_rate(run))
    return None
