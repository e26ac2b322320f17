"""Tests of the mathematics run with the plain classes and with the fast ones."""

import pytest

from mlp_scratch.nn.kernels import Kernels
from mlp_scratch.nn.kernels import kernels as named


@pytest.fixture(params=["plain", "fast"])
def kernels(request) -> Kernels:
    return named(request.param)
