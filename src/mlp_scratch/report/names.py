"""What a name means that somebody typed: in ``--filter``, ``--sort`` and ``--group``."""

import re
from collections.abc import Collection

from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import nearest

LONGEST = 40  # characters of a name, or of what was typed, in an error
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def resolve_name(text: str, names: Collection[str], where: str) -> str:
    """The one of ``names`` that ``text`` means: itself, ``text.name``, or the only ``*.text``.

    Raises ConfigError, one line that begins with ``where``. ``compare_page/web/names.js`` does the
    same.
    """
    if text in names:
        return text
    if f"{text}.name" in names:
        return f"{text}.name"
    ends = sorted({name for name in names if name.endswith(f".{text}")})
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise ConfigError(f"{where}: '{short(text)}' may be {_some(ends[:4])}; write which")
    called = {form: name for name in sorted(names) for form in _forms(name)}
    near = nearest(text, called) if len(text) <= LONGEST else None
    some = f"there are {_some(sorted(names)[:8])}"
    hint = f"did you mean '{short(called[near])}'?" if near else some
    raise ConfigError(f"{where}: no run has '{short(text)}'; {hint}")


def _forms(name: str) -> tuple[str, str, str]:
    """How ``name`` may be typed: ``optim`` for ``optim.name``, ``lr`` for ``optim.lr``."""
    group = name.removesuffix(".name")
    return group.rpartition(".")[2], group, name


def short(text: str) -> str:
    """``text`` for an error: not too long, and nothing in it that a terminal would act on."""
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return _CONTROL.sub("\ufffd", text)


def _some(names: Collection[str]) -> str:
    return ", ".join(map(short, names))
