"""A network as the page computes it."""

from mlp_scratch.nn.activations import ACTIVATIONS as REGISTERED
from mlp_scratch.report.draw_page.network_as_json import ACTIVATIONS


def test_all_activations_have_a_form_here():
    assert {*ACTIVATIONS} == {*REGISTERED}
