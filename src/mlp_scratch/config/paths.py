"""Where the YAML files are: inside the installed package, or at the top of the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def conf_dir() -> Path:
    """The folder with ``config.yaml``: the packaged copy first, else the repository's ``conf/``."""
    packaged = _PACKAGE / "conf"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "conf"
