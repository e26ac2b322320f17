"""What went wrong in a training, how that shows, and what to try.

Where labels seem mixed up, or ``labels`` is the word, the rows to look at are listed too.
"""

from collections.abc import Iterator

from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.experiment.gather_evidence import evidence_in
from mlp_scratch.insight.diagnosis.data_rules import MIXED_UP
from mlp_scratch.insight.diagnosis.diagnose import diagnose
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.streams import escaped
from mlp_scratch.views.suspicious_rows import list_suspicious
from mlp_scratch.views.view import Options, View

LABELS = "labels"


def show(folder: RunFolder, options: Options) -> Iterator[str]:
    """A paragraph for each finding; a line when all is well, and on what is missing."""
    if list(options.words) not in ([], [LABELS]):
        raise ConfigError(f"{' '.join(options.words)}: the only word that follows is {LABELS}")
    if options.output is not None:
        raise ConfigError(f"--output {options.output}: the diagnosis draws no picture")
    if options.checkpoint != "best":
        raise ConfigError("--checkpoint last: the diagnosis is of the best one")
    evidence, missing = evidence_in(folder, options.overrides)
    findings = diagnose(evidence)
    if not findings:
        yield f"{folder.path}: nothing stands out"
    for number, finding in enumerate(findings, start=1):
        yield escaped(f"{number}. {finding.rule}: {finding.evidence}")
        yield f"   try: {command('rerun', folder.path, finding.override)}"
    yield from (f"note: {line}" for line in missing)
    rows = evidence.rows
    if options.words and (rows is None or evidence.task != "classification"):
        raise DataError(f"{LABELS}: only of classes, where data and network are at hand")
    if rows and (options.words or any(finding.rule == MIXED_UP for finding in findings)):
        yield from list_suspicious(folder, rows)


VIEW = View(
    show,
    "what went wrong, how that shows, and what to try; diagnosis labels: and whose label to check",
)
