"""One HTML file with a trained network in it: draw, and see what the network makes of it.

Layers and probabilities move with the pen. A table's columns have sliders instead, and of one or
two of them there is a map. The network's forward pass is ``web/forward.js``.
"""

from mlp_scratch.errors import RunError
from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.report.draw_page.inputs_as_json import Examples, inputs_json
from mlp_scratch.report.draw_page.network_as_json import network_json
from mlp_scratch.report.one_file_page import one_file_page
from mlp_scratch.runs.saved_run import TrainedNetwork

SCRIPTS = (
    *("forward.js", "network.js", "strokes.js", "pixels.js", "picture.js", "columns.js"),
    *("plot.js", "layers.js", "answer.js", "start.js"),
)


def draw_page(trained: TrainedNetwork, examples: Examples, title: str) -> bytes:
    """The page's bytes. title: of the run. Raises ConfigError for what it has no form for."""
    data = {
        "format": 1,
        "title": shortened(title) or "a network",
        "data": shortened(trained.data_name),
        "epoch": trained.epoch,
        "network": network_json(trained),
        "input": inputs_json(trained, examples),
    }
    try:
        return one_file_page("draw_page", "Draw and see", SCRIPTS, data)
    except ValueError as error:  # JSON has no word for nan
        raise RunError(f"--page: {title}: holds numbers that are not finite") from error
