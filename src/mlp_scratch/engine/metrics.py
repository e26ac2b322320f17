"""What is known of a metric by its name: which direction is better."""

MONITORED = ("val_accuracy", "val_loss")  # what early stopping and the best epoch may go by


def lower_is_better(metric: str) -> bool:
    """Whether a small value of ``metric`` (``val_loss``, ``timings.total_seconds``) is good."""
    last = metric.rpartition(".")[2]
    return last.endswith(("loss", "error", "seconds", "norm", "parameters"))


def direction(metric: str) -> str:
    """ "min" or "max": what a monitor of ``metric`` looks for."""
    return "min" if lower_is_better(metric) else "max"
