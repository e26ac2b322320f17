"""``inspect RUN explain``: one decision looked into, or what a network goes by in its table."""

from collections.abc import Iterator

from mlp_scratch.errors import ConfigError
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.views.column_effects import column_effects
from mlp_scratch.views.one_decision import one_decision
from mlp_scratch.views.view import Options, View


def _show(folder: RunFolder, options: Options) -> Iterator[str]:
    words = options.words
    if len(words) > 2:
        raise ConfigError(f"explain {' '.join(words)}: wants a row or a file, and a class")
    if not words:
        return column_effects(folder, options)
    return one_decision(folder, options, words[0], words[1] if len(words) > 1 else None)


VIEW = View(_show, "explain ROW|FILE [CLASS], one decision; alone: what it goes by in a table")
