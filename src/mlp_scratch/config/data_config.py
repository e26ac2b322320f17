"""What the section ``data`` of a config may hold."""

from dataclasses import dataclass, fields
from typing import Any

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.config.written_values import shown
from mlp_scratch.data.builtin.worlds import WORLDS
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import ConfigError

FROM_FILE = ("table", "csv", "npz", "npy", "idx", "folder")  # data that needs data.path
WITH_PATH = (*FROM_FILE, "emnist", "kmnist")  # data that may have it


@dataclass
class DataConfig:
    name: str
    dir: str
    cache_dir: str | None
    download: bool
    path: str | None
    test_path: str | None
    val_path: str | None
    label: str | list[str | int] | None
    delimiter: str
    decimal: str
    quote: str
    encoding: str
    comment: str
    header: bool | str
    weight: str | None
    split: str | None
    group: str | None
    drop: list[str | int] | None
    keep: list[str | int] | None
    categorical: list[str | int] | None
    missing_values: list[str | int | float] | None
    test_fraction: float
    shuffle: bool
    limit: int | None
    normalize: str
    normalize_target: bool
    missing: str
    rare: int
    max_width: int
    image_size: Any  # null, a number, or [height, width]
    colors: str
    reader: str
    broken: str
    n: int | None
    noise: float | None

    @property
    def pictures(self) -> PictureReading:
        """How a folder of pictures is read. Raises ConfigError."""
        with keyed("data"):
            return PictureReading(self.image_size, self.colors, self.reader, self.broken)

    def check(self) -> None:
        pictures, usual = self.pictures, PictureReading()
        for key in ("image_size", "colors", "broken"):
            if self.name != "folder" and getattr(pictures, key) != getattr(usual, key):
                raise self._misplaced(key, "pictures in a folder (data=folder)")
        if self.path is not None and self.name not in WITH_PATH:
            raise ConfigError(
                f"data.path={self.path}: data={self.name} reads no such file; use one of "
                f"{', '.join(f'data={name}' for name in WITH_PATH)}, or leave it out"
            )
        for key in ("test_path", "val_path"):
            if (other := getattr(self, key)) is not None and self.name not in FROM_FILE:
                raise ConfigError(
                    f"data.{key}={other}: data={self.name} has its own test rows; leave it out"
                )
        if self.path is None and self.name in FROM_FILE:
            raise ConfigError(f"data.path=null: data={self.name} needs a file; add data.path=FILE")
        for key in ("n", "noise"):
            value, made = getattr(self, key), self.name in WORLDS
            if value is not None and not made:
                raise self._misplaced(key, f"the worlds made by formulas ({', '.join(WORLDS)})")
            if value is None and made:
                raise ConfigError(f"data.{key}=null: data={self.name} needs a number")
        with keyed("data"):
            self.reading()

    def _misplaced(self, key: str, what: str) -> ConfigError:
        written = f"data.{key}={shown(getattr(self, key))}"
        return ConfigError(f"{written}: is of {what}, not of data={self.name}; leave it out")

    def reading(self) -> Reading:
        """How a table in text is to be read."""
        said = {field.name: getattr(self, field.name) for field in fields(Reading)}
        if self.missing_values is not None:
            said["missing_values"] = tuple(map(str, self.missing_values))
        return Reading(**said)
