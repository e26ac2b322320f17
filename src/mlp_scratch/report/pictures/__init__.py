"""Pictures of runs. None is drawn with the backend that ``MPLBACKEND`` names.

matplotlib checks the variable while it is imported, and fails for a backend that it does not know
(a notebook's, an old script's). So it is imported here, before any module of ours asks for it,
without the variable; a backend that it does know is handed to it afterwards, for the user's own
drawing.
"""

import contextlib
import os

_asked_for = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib
finally:
    if _asked_for is not None:
        os.environ["MPLBACKEND"] = _asked_for
if _asked_for:
    with contextlib.suppress(ValueError):
        matplotlib.rcParams["backend"] = _asked_for
