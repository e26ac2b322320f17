"""Memory that grows but never shrinks, and moments that fade."""

import numpy as np

from mlp_scratch.nn.fast.buffers import Buffer, clear_faint


def test_buffer_uses_its_memory_again():
    buffer = Buffer()
    first = buffer.array((4, 3), np.float32)
    address = first.ctypes.data
    for shape in ((2, 3), (4, 3), (12,), (1, 1), (4, 3)):
        again = buffer.array(shape, np.float32)
        assert again.shape == shape
        assert again.flags.c_contiguous
        assert again.ctypes.data == address
    assert buffer.array((5, 3), np.float32).shape == (5, 3)
    assert buffer.like(np.empty((2, 2))).dtype == np.float64


def test_filled_buffer_stays_filled():
    buffer = Buffer(fill=1)
    for shape in ((3,), (2, 2), (1,), (7,)):
        np.testing.assert_array_equal(buffer.array(shape, np.float64), np.ones(shape))
        np.testing.assert_array_equal(buffer.like(np.zeros(shape)), np.ones(shape))


def test_clear_faint():
    moment = np.array([1e-40, -1e-31, 1e-29, -1.0, 0.0], np.float32)
    clear_faint(moment, work=np.empty_like(moment))
    np.testing.assert_array_equal(moment, np.array([0, 0, 1e-29, -1, 0], np.float32))
