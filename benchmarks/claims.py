"""What a preset claims to reach, as its YAML's comments say, and what its runs came to."""

import math
import re
from dataclasses import dataclass
from typing import Any

from mlp_scratch.config.paths import conf_dir


@dataclass(frozen=True)
class Claim:
    """What a preset's comments say: ``metric`` must be at least or at most ``bound``.

    A loss is a plain number, everything else a percentage.
    """

    source: str
    metric: str
    at_least: bool
    bound: float
    within_seconds: float | None

    @property
    def text(self) -> str:
        limit = "" if self.within_seconds is None else f" in {self.within_seconds:g} s"
        return f"{self.metric} {'≥' if self.at_least else '≤'} {self.show(self.bound)}{limit}"

    @property
    def is_loss(self) -> bool:
        return self.metric.endswith("loss")

    def show(self, value: float) -> str:
        return f"{value:.4f}" if self.is_loss else f"{value:.4g} %"

    def measured(self, summary: dict[str, Any]) -> float:
        """The metric in a run's summary, of the last checkpoint."""
        of, what = self.metric.split()
        if of == "test":
            accuracy = summary["test"]["last"]["accuracy"]
            return 100 * (accuracy if what == "accuracy" else 1 - accuracy)
        value = summary["final"][f"{ {'training': 'train', 'validation': 'val'}[of] }_{what}"]
        return float(value) if self.is_loss else 100 * float(value)

    def reached(self, value: float, seconds: float) -> bool:
        """Whether a mean of ``value`` in ``seconds`` is as good as claimed."""
        good = value >= self.bound if self.at_least else value <= self.bound
        return good and (self.within_seconds is None or seconds <= self.within_seconds)


@dataclass
class Row:
    """A line of the table: mean and spread over n runs; ``seconds`` of one run (the median).

    evidence: Markdown that says where the row comes from.
    """

    preset: str
    claim: Claim
    n: int = 0
    mean: float = math.nan
    std: float | None = None
    epochs: int | None = None
    seconds: float | None = None
    command: str = ""
    evidence: str = ""

    @property
    def reached(self) -> bool:
        return self.claim.reached(self.mean, self.seconds or 0.0)


def claims_of(preset: str) -> list[Claim]:
    """Read the comments of a preset's YAML: one source, one claim or several."""
    text = (conf_dir() / "experiment" / f"{preset}.yaml").read_text("utf-8")
    source = re.search(r"^# Source: (.*)$", text, re.M)
    claim = r"^# To reach: (\w+ \w+) (>=|<=) ([\d.]+)(?: %)?(?: in ([\d.]+) s)?$"
    found = re.findall(claim, text, re.M)
    if source is None or not found:
        raise SystemExit(f"{preset}: its YAML has no '# Source:' or no '# To reach:' line")
    return [
        Claim(source[1], metric, sign == ">=", float(bound), float(limit) if limit else None)
        for metric, sign, bound, limit in found
    ]
