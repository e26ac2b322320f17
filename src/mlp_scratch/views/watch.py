"""``inspect RUN watch``: how a network came to know what it knows, as a film of its snapshots."""

import re
from collections.abc import Iterator

from mlp_scratch.errors import ConfigError
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.typos import did_you_mean
from mlp_scratch.views.learner import learner
from mlp_scratch.views.view import Options, View

_LIMIT = re.compile(r"[1-9]\d{0,6}kB")
NAME = 30  # letters of the run's, to leave room for the moment


def _show(folder: RunFolder, options: Options) -> Iterator[str]:
    from mlp_scratch.report.pictures.film import LARGEST, write_film
    from mlp_scratch.views.films import films_of

    limits = [word for word in options.words if _LIMIT.fullmatch(word)]
    words = [word for word in options.words if word not in limits]
    path = options.output or folder.path / "watch.gif"
    if path.suffix.lower() != ".gif":
        raise ConfigError(f"--output {path}: a film's name ends in .gif")
    found = learner(folder, options.overrides)
    films = films_of(found)
    if len(words) > 1 or not set(words) <= set(films):
        said = " ".join(words)
        meant = did_you_mean(said, films)
        raise ConfigError(f"watch {said}: of this run there is {', '.join(films)}{meant}")
    kind = words[0] if words else next(iter(films))
    title = folder.path.resolve().name[:NAME]
    largest = int(limits[-1][:-2]) * 1000 if limits else LARGEST
    size = write_film(films[kind](found, title), path, largest)
    if size > largest:
        yield f"note: it is larger than {largest // 1000:,} kB at its smallest"
    steps = found.steps
    yield f"{kind} at {len(steps)} moments, step {steps[0]:,} to {steps[-1]:,}"
    yield f"picture: {path} ({size / 1000:,.0f} kB)"


VIEW = View(
    _show, "watch [KIND] [400kB], a film (GIF) of what it learned; needs training.snapshots=24"
)
