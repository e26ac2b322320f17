"""What a rule finds."""

from collections.abc import Sequence
from dataclasses import dataclass

NAMED = 3


@dataclass(frozen=True)
class Finding:
    """rule: what is wrong, in a few words. evidence: one line, with the numbers that show it.
    override: what to try, as it is typed behind ``rerun RUN``."""

    rule: str
    evidence: str
    override: str

    @property
    def record(self) -> dict[str, str]:
        """As ``summary.json`` keeps it."""
        return {"rule": self.rule, "evidence": self.evidence, "try": self.override}

    def __str__(self) -> str:
        return f"{self.rule}: {self.evidence}; try {self.override}"


def percent(share: float) -> str:
    """A share of 1: ``97.5 %``; neither 0 nor 100 % for what is not quite."""
    text = f"{100 * share:.1f}"
    if text == "0.0":
        return "below 0.1 %" if share else "0 %"
    if text == "100.0":
        return "above 99.9 %" if share != 1 else "100 %"
    return f"{text} %"


def some_of(words: Sequence[str], between: str = ", ", what: str = "more") -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(words) - NAMED} {what}" if len(words) > NAMED else ""
    return between.join(words[:NAMED]) + more
