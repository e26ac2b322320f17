"""What a run's diagnosis found, as the page shows it."""

from mlp_scratch.report.selection import shortened
from mlp_scratch.runs.reader import Run

MOST_FINDINGS, LONGEST = 12, 400  # of a run; letters of a line
PARTS = ("rule", "evidence", "try")


def findings_of(run: Run) -> list[list[str]] | None:
    """[rule, evidence, what to try] of each; [] when all was well, None where nobody looked."""
    found = run.summary.get("diagnosis")
    if not isinstance(found, list):
        return None
    lines = [entry for entry in found[:MOST_FINDINGS] if isinstance(entry, dict)]
    return [[shortened(entry.get(part) or "", LONGEST) for part in PARTS] for entry in lines]
