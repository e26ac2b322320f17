"""The user's own folder for downloads and parsed data, the same one from every working directory.

``MLP_SCRATCH_CACHE`` names it; otherwise it is ``mlp_scratch`` where each system keeps such things:
``$XDG_CACHE_HOME`` or ``~/.cache``, ``~/Library/Caches`` on macOS, ``%LOCALAPPDATA%`` on Windows.
"""

import contextlib
import os
import sys
from pathlib import Path

PARSED = "parsed"  # below it: what `Cache` keeps
_README = """\
Kept by mlp_scratch so that data is downloaded and parsed once, whatever folder it is used from.

mnist/, fashion_mnist/, cifar10/   data sets as they were downloaded, each file checked
parsed/                            data as it was read from files; what has not been used for three
                                   months goes by itself

Nothing here is needed: any of it may be deleted at any time. MLP_SCRATCH_CACHE=FOLDER puts it
elsewhere for all commands, data.cache_dir=FOLDER and data.dir=FOLDER for one.
"""


def user_cache() -> Path:
    """Where it lies; it need not be there. Paths that are not absolute are ignored, as the XDG rule
    has it, but for the one that was asked for."""
    if asked := os.environ.get("MLP_SCRATCH_CACHE"):
        return Path(os.path.abspath(os.path.expanduser(asked)))
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = base if base.is_absolute() else home / ".cache"
    if not base.is_absolute():  # a user without a home
        return Path("data", "cache").absolute()
    return base / "mlp_scratch"


def made_user_cache() -> Path:
    """`user_cache`, there and with a page that says what it is, where that can be written. Others
    cannot look into it."""
    folder = user_cache()
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(folder / "README.txt", "x", encoding="utf-8") as file:
            file.write(_README)
    return folder
