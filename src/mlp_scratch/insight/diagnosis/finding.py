"""What a rule finds."""

from dataclasses import dataclass


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
    if text in ("0.0", "100.0"):
        return (
            "below 0.1 %"
            if 0 < share < 0.5
            else "above 99.9 %"
            if share not in (0, 1)
            else {0: "0 %"}.get(int(share), "100 %")
        )
    return f"{text} %"
