"""How many cores may be used."""

import sys

import pytest

from mlp_scratch import cores


@pytest.mark.skipif(sys.platform != "linux", reason="reads /sys")
def test_this_machine_can_be_asked() -> None:
    assert 1 <= cores.physical_cores() <= len(cores._processors())
    assert cores._read("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list")
    assert cores._read("/nowhere") == ""
