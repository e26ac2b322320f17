"""An encoder in a checkpoint."""

import numpy as np
from encoder_tables import COLUMNS, N, fitted, table

from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder_record import arrays_of, description_of, encoder_of


def test_a_checkpoint_keeps_it() -> None:
    columns = (*COLUMNS, Column("when", "date"))
    x = np.c_[table(), np.arange(N) * 9].astype(np.float32)
    encoder = fitted(x, columns, offset=np.array([0, 0, 0, 0, 0, 19000.0]))
    again = encoder_of(description_of(encoder), arrays_of(encoder))
    assert again.codes == encoder.codes
    assert again.columns[2] == Column("town", "category", ("y", "z", "w", "x"))
