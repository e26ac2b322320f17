"""An experiment on a small table of every kind of column."""

from pathlib import Path

import numpy as np

from mlp_scratch.config.compose import compose_config
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle


def built(folder: Path, *overrides: str) -> Experiment:
    path = folder / "t.csv"
    if not path.exists():
        rng = np.random.default_rng(0)
        rows = [
            f"{'' if i % 9 == 0 else f'{rng.normal():.3f}'},{'xyz'[i % 3]},{'fm'[i % 2]},"
            f"{rng.normal() * 5:.2f},2020-{i % 12 + 1:02}-03,{'ab'[i * i % 5 % 2]}\n"
            for i in range(400)
        ]
        path.write_text("a,b,c,d,e,y\n" + "".join(rows))
    config = compose_config(
        ["data=table", f"data.path={path}", "data.label=y", f"data.cache_dir={folder / 'cache'}"]
        + ["model.layers=[null,8,null]", "training.epochs=2", *overrides]
    )
    return build(settle(config, load_data(config)))
