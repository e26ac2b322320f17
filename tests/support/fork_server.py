"""Starts commands that have imported the package before they begin; see ``forked.py``.

A process of one thread that imports what commands import and then forks for every command that is
asked for on its socket: a message of JSON with three descriptors, for standard output, standard
error and the news of the process, which are its id and, at its end, its status as four bytes each.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import sys
from typing import Any

_LATER = (  # what commands import while they run
    "hydra.main",
    "hydra._internal.core_plugins.basic_launcher",
    "hydra._internal.core_plugins.importlib_resources_config_source",
    "hydra._internal.logging_config",
    "mlp_scratch.data.builtin.digits",
    "mlp_scratch.experiment.run",
    "mlp_scratch.nn.fast.replica",
    "mlp_scratch.report.compare_page.compare_page",
    "mlp_scratch.report.pictures.comparison",
    "mlp_scratch.report.pictures.run_pictures",
    "mlp_scratch.report.pictures.runs_compared",
    "mlp_scratch.sweep.execute",
    "matplotlib.backends.backend_agg",
)
_OF_SEARCH = (
    *("mlp_scratch.search.trials", "optuna.storages._rdb.alembic", "sqlalchemy.dialects.sqlite"),
    *("alembic.command", "alembic.config", "optuna.integration"),
)


def _prepare(name: str) -> None:
    """Import what a command imports, and forget the module itself, which ``-m`` runs once more."""
    for wanted in (name, *(_OF_SEARCH if name.startswith("mlp_scratch.search") else ())):
        importlib.import_module(wanted)
    del sys.modules[name]


def _warm() -> None:
    """Fill the caches that the first config and the first picture fill: parsers', fonts'."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from mlp_scratch.config.compose import compose_config

    compose_config(["optim.lr=0.1", "model.layers=[null,16,null]", "name=a"])
    figure = Figure()
    figure.add_subplot(title="$10^{-1}$", xlabel="0123456789 epoch").plot([0, 1])
    FigureCanvasAgg(figure).draw()
    gc.collect()
    gc.freeze()


def _serve(asked: socket.socket) -> dict[str, Any] | None:
    """In the process of a command: what was asked for. In the server, at the end: None."""
    for name in _LATER:
        importlib.import_module(name)
    _warm()
    while True:
        text, descriptors, _, _ = socket.recv_fds(asked, 1 << 18, 3)
        _bury(os.WNOHANG)
        if not text:
            return None
        job = json.loads(text)
        _prepare(job["module"])
        if not os.fork():
            asked.close()
            return _keep(job, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _bury(options: int) -> None:
    """Wait for the keepers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _keep(job: dict[str, Any], out: int, err: int, news: int) -> dict[str, Any]:
    """Fork the process of the command, the only one that returns, and tell how it ends."""
    pid = os.fork()
    if pid:
        os.close(out)
        os.close(err)
        os.write(news, pid.to_bytes(4, "little"))
        os.write(news, os.waitpid(pid, 0)[1].to_bytes(4, "little"))
        os._exit(0)
    os.close(news)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    return job


def _become(job: dict[str, Any]) -> None:
    """Take on what a process is born with."""
    if job["own_session"]:
        os.setsid()
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.path[0] = os.getcwd()
    sys.argv[1:] = job["words"]


if __name__ == "__main__":
    job = _serve(socket.socket(fileno=int(sys.argv[1])))
    if job is not None:
        _become(job)
        runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
