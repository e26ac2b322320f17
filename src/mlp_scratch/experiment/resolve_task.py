"""The task of a run: what ``task=auto`` and ``loss=auto`` come to, and the object made of them."""

from dataclasses import replace

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.config.registry import REGISTRIES, construct, registered
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.engine.metrics import METRICS, watchable
from mlp_scratch.engine.task import USUAL_LOSS, USUAL_METRICS, Task
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.range_checks import one_of


def asked_task(config: ExperimentConfig) -> str:
    """The task to read the target for: as the config says, else the loss's, else auto."""
    name = config.loss["name"]
    if config.task != "auto" or name == "auto":
        return config.task
    return str(registered("loss", name).task)


def resolve_task(config: ExperimentConfig, dataset: Dataset) -> ExperimentConfig:
    """A copy with the concrete task, loss and metric to watch in the place of ``auto``.

    Raises ConfigError for a loss or a metric that is not for this task.
    """
    task, stopping = dataset.task, config.training.early_stopping
    if config.loss["name"] == "auto":
        config = replace(config, loss={"name": USUAL_LOSS[task]})
    if stopping.metric == "auto":
        usual = "val_accuracy" if task == "classification" else "val_loss"
        stopping = replace(stopping, metric=usual)
    config = replace(config, task=task, training=replace(config.training, early_stopping=stopping))
    _check_task(config)
    return config


def _check_task(config: ExperimentConfig) -> None:
    task, training, regularization = config.task, config.training, config.regularization
    name = config.loss["name"]
    loss = construct("loss", config.loss)
    wanted = "regression" if task == "autoencoder" else task
    if loss.task != wanted:
        kinds = REGISTRIES["loss"].items()
        fitting = [n for n, kind in kinds if getattr(kind, "task", "") == wanted]
        raise ConfigError(
            f"loss={name}: is for task={loss.task}, but the task is {task}; use one of "
            f"{', '.join(fitting)}, or task={loss.task}"
        )
    if task == "autoencoder" and loss.per_target > 1:
        raise ConfigError(f"loss={name}: has several outputs a number; not for task=autoencoder")
    fitting = [name for name, metric in METRICS.items() if task in metric.tasks]
    with keyed("training"):
        for metric in training.metrics or ():
            one_of("metrics", metric, fitting)
    with keyed("training.early_stopping"):
        one_of("metric", training.early_stopping.metric, watchable(task))
    for key, is_on in {
        "training.sampler=balanced": training.sampler != "shuffle",
        "regularization.class_weight": regularization.class_weight is not None,
        "adversarial=vat": config.adversarial["name"] == "vat",
    }.items():
        if is_on and task != "classification":
            raise ConfigError(f"{key}: needs targets that are classes, but the task is {task}")
    smoothing = regularization.label_smoothing
    if smoothing and not getattr(loss, "smooths_labels", False):
        raise ConfigError(f"regularization.label_smoothing={smoothing:g}: not with loss={name}")


def task_of(config: ExperimentConfig, dataset: Dataset) -> Task:
    """The task of a config that has been resolved, its numbers not yet scaled."""
    name, stopping = dataset.task, config.training.early_stopping
    metrics = dict.fromkeys((*USUAL_METRICS[name], *(config.training.metrics or ())))
    if config.training.metrics is not None and name != "classification":
        metrics = dict.fromkeys(config.training.metrics)
    watched = stopping.metric.removeprefix("val_")
    loss = construct("loss", config.loss)
    if config.training.metrics is None:
        metrics |= dict.fromkeys(getattr(loss, "metrics", ()))
    if watched != "loss":
        metrics |= {watched: None}
    return Task(
        name,
        config.loss["name"],
        type(loss),
        {key: value for key, value in config.loss.items() if key != "name"},
        dataset.output_names,
        config.regularization.label_smoothing,
        tuple(metrics),
    )


def training_differs(config: ExperimentConfig) -> str:
    """Why the losses and accuracies of training and validation do not compare, "" if they do."""
    reasons = {
        "labels smoothed": config.regularization.label_smoothing > 0,
        "classes weighted": config.regularization.class_weight is not None,
        "classes drawn alike": config.training.sampler == "balanced",
    }
    return ", ".join(reason for reason, is_so in reasons.items() if is_so)
