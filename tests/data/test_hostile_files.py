"""Files that are wrong on purpose: each is refused with a message that says where, and costs
neither memory nor time, whatever its header claims."""

import os
import pickle
from pathlib import Path

import makers
import numpy as np
from hostile_files import refused


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.target),))


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    """In an .npy, in an .npz, bare, and as CIFAR-10's python version."""
    target = tmp_path / "owned"
    objects = np.array([Bomb(target)] * 40, object)
    np.save(tmp_path / "x.npy", objects)
    np.save(tmp_path / "y.npy", np.arange(40))
    np.savez(tmp_path / "data.npz", x=objects, y=np.arange(40))
    assert "never loaded" in refused("npy", tmp_path)
    assert "never loaded" in refused("npz", tmp_path / "data.npz")
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(objects))
    assert "not a .npy file" in refused("npy", tmp_path / "bare.npy")
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    (batches / "data_batch_1").write_bytes(pickle.dumps({"data": Bomb(target)}))
    assert "pickles, which can run any code" in refused("cifar10", tmp_path)
    archive = tmp_path / "some.tar.gz"
    archive.write_bytes(makers.cifar_archive({"data_batch_1": pickle.dumps(Bomb(target))}))
    assert "pickles, which can run any code" in refused("cifar10", archive)
    assert not target.exists()
    pickle.loads(pickle.dumps(Bomb(target)))  # the bomb is live
    assert target.exists()
