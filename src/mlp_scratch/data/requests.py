"""What data was asked for, and the plan to get it: the words between `load_dataset` and the
functions of ``DATASETS``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.tables.column_roles import Label, Roles
from mlp_scratch.data.tables.reading import Reading


@dataclass(frozen=True)
class Request:
    """What was asked for: see `load_dataset`."""

    name: str
    dir: Path
    path: Path | None = None
    test_path: Path | None = None
    val_path: Path | None = None
    label: Label = None
    weight: str | None = None
    split: str | None = None
    group: str | None = None
    drop: tuple[str | int, ...] = ()
    keep: tuple[str | int, ...] = ()
    categorical: tuple[str | int, ...] = ()
    reading: Reading = field(default_factory=Reading)
    download: bool = True

    @property
    def roles(self) -> Roles:
        """Which columns of a table are what."""
        return Roles(
            label=self.label,
            weight=self.weight,
            split=self.split,
            group=self.group,
            drop=self.drop,
            keep=self.keep,
            categorical=self.categorical,
        )


@dataclass(frozen=True)
class Plan:
    """The files to parse, how, and whatever else than their contents the result depends on."""

    files: list[Path]
    parse: Callable[[], Parsed]
    options: dict[str, Any] = field(default_factory=dict)
