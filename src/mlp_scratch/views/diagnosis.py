"""What went wrong in a training, how that shows, and what to try."""

from collections.abc import Iterator

from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.gather_evidence import evidence_in
from mlp_scratch.insight.diagnosis.diagnose import diagnose
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.views.view import Options, View


def show(folder: RunFolder, options: Options) -> Iterator[str]:
    """A paragraph for each finding; a line when all is well, and on what is missing."""
    if options.words:
        raise ConfigError(f"{options.words[0]}: the diagnosis takes no further words")
    if options.output is not None:
        raise ConfigError(f"--output {options.output}: the diagnosis draws no picture")
    if options.checkpoint != "best":
        raise ConfigError("--checkpoint last: the diagnosis is of the best one")
    evidence, missing = evidence_in(folder, options.overrides)
    findings = diagnose(evidence)
    if not findings:
        yield f"{folder.path}: nothing stands out"
    for number, finding in enumerate(findings, start=1):
        yield f"{number}. {finding.rule}: {finding.evidence}"
        yield f"   try: {command('rerun', folder.path, finding.override)}"
    yield from (f"note: {line}" for line in missing)


VIEW = View(show, "what went wrong, how that shows, and what to try")
