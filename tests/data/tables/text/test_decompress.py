"""Text that lies packed."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from mlp_scratch.data.tables.text.layout import layout_of, opened_text
from mlp_scratch.data.tables.text.text_settings import Layout
from mlp_scratch.errors import DataError


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows_of(path: Path, layout: Layout) -> list[list[str]]:
    """The rows, read by pandas as it is told."""
    with opened_text(path, layout) as text:
        frame = pd.read_csv(text, **layout.pandas_options, dtype=str, na_filter=False)
    return frame.iloc[:, : layout.columns].to_numpy().tolist()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


PLAIN = ("a,b\n" + "1,2\n3,4\n" * 50_000).encode()


@pytest.mark.parametrize(
    ("data", "packing"),
    [
        (gzip.compress(PLAIN), "gzip"),
        (gzip.compress(PLAIN[:9]) + gzip.compress(PLAIN[9:]), "gzip"),
        (bz2.compress(PLAIN), "bz2"),
        (bz2.compress(PLAIN[:9]) + bz2.compress(PLAIN[9:]), "bz2"),
        (lzma.compress(PLAIN), "xz"),
        (zipped({"table": PLAIN}), "zip"),
        (zipped({"table": PLAIN, "__MACOSX/._table": b"x"}), "zip"),
    ],
)
def test_packed_files(tmp_path: Path, data: bytes, packing: str) -> None:
    path = write(tmp_path, data, "table.csv")  # told by what is in it
    if packing in ("bz2", "xz"):  # a table that packs so well is none
        with pytest.raises(DataError, match="real data"):
            layout_of(path)
        data = {"bz2": bz2, "xz": lzma}[packing].compress(PLAIN[:20_004])
        path = write(tmp_path, data)
    layout = layout_of(path)
    assert (layout.packing, layout.names, layout.skip) == (packing, ("a", "b"), 1)
    assert rows_of(path, layout)[-1] == ["3", "4"]
