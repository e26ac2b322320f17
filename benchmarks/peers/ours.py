"""mlp_scratch as a user gets it: config, builder and training loop, loss and accuracy tracked."""

from dataclasses import replace

from cells import Cell, Data, first_weights
from mlp_scratch import blas
from mlp_scratch.config.compose import compose_config
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        layers = ",".join(map(str, cell.layers))
        momentum = ["optim.momentum=0.9"] if cell.optimizer == "momentum" else []
        config = compose_config(
            [
                "data=mnist",
                f"data.dir={data.folder}",
                f"model.layers=[{layers}]",
                f"optim={cell.optimizer}",
                f"optim.lr={cell.lr}",
                f"training.batch_size={cell.batch_label}",
                f"training.threads={threads or 'auto'}",
                "training.validation_fraction=0",
                *momentum,
            ]
        )
        self.trainer = build(settle(config, load_data(config))).trainer
        self.trainer.share(config.training.threads)
        self.threads = self.trainer.threads
        values = self.trainer.network.parameters
        for k, (W, b) in enumerate(first_weights(cell.layers)):
            values.value(f"W{k}")[...] = W
            values.value(f"b{k}")[...] = b

    def blas(self) -> str:
        found = blas.describe()
        return f"{found['library']} {found['version']} {found['kernel']}, {self.threads} threads"

    def epoch(self) -> tuple[float, float]:
        trainer = self.trainer
        trainer.settings = replace(trainer.settings, epochs=trainer.epoch + 1)
        trainer.run()
        row = trainer.history[-1]
        return row["train_loss"], row["train_accuracy"]
