"""Files of tables that are not read, each with the lines of Python that make one of it that is.

A hostile file in somebody's C library, or in pickle, is not worth the format. None of them is
opened here: their first bytes tell, else their names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

_TRUSTED = ", which runs what is in it: only if you trust the file"


@dataclass(frozen=True)
class _Format:
    """what: is it called. suffixes, begins: what tells it. lines: make OUT of FILE, with ``out`` as
    its suffix. more: about the lines."""

    what: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...]
    lines: str
    out: str = ".csv"
    more: str = ""


def _frame(lines: str) -> str:
    """Lines that make a ``table``, and the one that writes it."""
    return f"{lines}\ntable.to_csv(OUT, index=False)"


def _pandas(call: str) -> str:
    return _frame(f"import pandas as pd\ntable = pd.{call}")


def _arrays(imports: str, read: str, x: str, y: str) -> str:
    return f"import {imports}\n{read}\nnumpy.savez(OUT, x={x}, y={y})"


_MATLAB_7_READ = "m = h5py.File(FILE)  # print([*m]) names what is in it"
_MATLAB_7 = _arrays("h5py, numpy", _MATLAB_7_READ, "m['X'][()].T", "m['y'][()].ravel()")
_MATLAB_READ = "m = scipy.io.loadmat(FILE)  # print([*m]) names what is in it"
_MATLAB = _arrays("numpy, scipy.io", _MATLAB_READ, "m['X']", "m['y'].ravel()")
_HDF5_READ = "f = h5py.File(FILE)  # print([*f]) names what is in it"
_HDF5 = _arrays("h5py, numpy", _HDF5_READ, "f['x'][()]", "f['y'][()]")
_JOBLIB = _arrays("joblib, numpy", "x, y = joblib.load(FILE)", "x", "y")
_R = _frame("import pyreadr\nname, table = pyreadr.read_r(FILE).popitem()")
_SQLITE = _frame(
    "import pandas as pd, sqlite3\n"
    "table = pd.read_sql('SELECT * FROM mytable', sqlite3.connect(FILE))"
)
_TFRECORD = (
    "import pandas as pd, tensorflow as tf\n"
    "rows = [tf.train.Example.FromString(r.numpy()).features.feature"
    " for r in tf.data.TFRecordDataset(FILE)]\n"
    "pd.DataFrame([{k: ([v.decode() for v in f.bytes_list.value] or f.int64_list.value or"
    " f.float_list.value)[0] for k, f in r.items()} for r in rows])"
    ".to_csv(OUT, index=False)"
)
_FORMATS = (
    _Format("a MATLAB file of version 7.3", (), (b"MATLAB 7.3",), _MATLAB_7, ".npz"),
    _Format("a MATLAB file", (".mat",), (b"MATLAB",), _MATLAB, ".npz"),
    _Format(
        "an HDF5 file", (".h5", ".hdf5", ".hdf", ".he5"), (b"\x89HDF\r\n\x1a\n",), _HDF5, ".npz"
    ),
    _Format(
        "an Excel file",
        (".xls", ".xlsx", ".xlsm"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
        _pandas("read_excel(FILE)  # sheet_name='...' for another than the first"),
    ),
    _Format("an OpenDocument sheet", (".ods",), (), _pandas("read_excel(FILE, engine='odf')")),
    _Format("a file of joblib", (".joblib",), (), _JOBLIB, ".npz", _TRUSTED),
    _Format(
        "a pickle",
        (".pkl", ".pickle", ".p"),
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        _pandas("read_pickle(FILE)"),
        more=_TRUSTED,
    ),
    _Format(
        "a Feather or Arrow file",
        (".feather", ".arrow", ".ipc"),
        (b"ARROW1", b"FEA1"),
        _pandas("read_feather(FILE)"),
    ),
    _Format("a Stata file", (".dta",), (b"<stata_dta>",), _pandas("read_stata(FILE)")),
    _Format("an SPSS file", (".sav", ".zsav"), (b"$FL2", b"$FL3"), _pandas("read_spss(FILE)")),
    _Format(
        "a SAS file",
        (".sas7bdat", ".xpt"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60", b"HEADER RECORD*******LIBRARY"),
        _pandas("read_sas(FILE, encoding='latin-1')"),
    ),
    _Format("JSON lines", (".jsonl", ".ndjson"), (), _pandas("read_json(FILE, lines=True)")),
    _Format("a JSON file", (".json",), (), _pandas("read_json(FILE)")),
    _Format(
        "an R file",
        (".rds", ".rdata", ".rda"),
        (b"RDX2\n", b"RDX3\n", b"X\n\0\0\0", b"RDA2\n", b"RDA3\n"),
        _R,
    ),
    _Format("a TFRecord file", (".tfrecord", ".tfrecords"), (), _TFRECORD),
    _Format(
        "an SQLite database",
        (".db", ".sqlite", ".sqlite3", ".db3"),
        (b"SQLite format 3\0",),
        _SQLITE,
    ),
    _Format("an ORC file", (".orc",), (b"ORC",), _pandas("read_orc(FILE)")),
)
_BY_SUFFIX = {suffix: one for one in _FORMATS for suffix in one.suffixes}
_JSON = re.compile(rb'\s*(\{\s*("|\}|$)|\[\s*(\{|\[|"|$))')
_JSON_LINES = re.compile(rb"\s*\{[^\n]*\}\s*\n\s*\{")
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body)", re.IGNORECASE)
_OTHERS = {  # what else is put in the place of a table: how it begins, what it is, what to do
    b"\x93NUMPY": ("a NumPy array", "data=npy reads it"),
    b"%PDF": ("a PDF document", "copy the table out of it into a CSV"),
    b"\x89PNG": ("a picture", "data=folder reads folders of them"),
    b"\xff\xd8\xff": ("a picture", "data=folder reads folders of them"),
    b"GIF8": ("a picture", "data=folder reads folders of them"),
    b"PAR1": ("a Parquet file where text is wanted", "unpack it, or save it as CSV"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("packed with Zstandard", "unpack it first"),
    b"Rar!": ("a RAR archive", "unpack it first"),
    b"version https://git-lfs": ("the pointer of Git LFS, not the file", "git lfs pull"),
}
_TEXT = (".xls", ".xlsx", ".mat")  # what some programs call a file of text


def refuse(path: Path, inside: bytes, members: Sequence[str] = ()) -> None:
    """Raise DataError where the file is none that is read. inside: its first bytes, unpacked;
    members: the names in a zip."""
    suffix = Path(re.sub(r"\.(gz|bz2|xz|zip)$", "", path.name, flags=re.I)).suffix.lower()
    by_name = _BY_SUFFIX.get(suffix)
    if "[Content_Types].xml" in members:
        raise _error(path, _BY_SUFFIX[".xlsx"])
    if "mimetype" in members and "content.xml" in members:
        raise _error(path, _BY_SUFFIX[".ods"])
    if members and all(name.endswith(".npy") for name in members):
        raise DataError(f"{path}: an .npz file: data=npz reads it")
    for one in _FORMATS:
        if any(_begins(inside, begin) for begin in one.begins):
            closer = by_name is not None and by_name.begins in ((), one.begins)
            raise _error(path, by_name if by_name is not None and closer else one)
    for begin, (what, then) in _OTHERS.items():
        if inside.startswith(begin):
            raise DataError(f"{path}: {what}, no table: {then}")
    if _WEB_PAGE.match(inside):
        raise DataError(f"{path}: a web page, no table: save the file that it links to")
    if by_name is not None and (suffix not in _TEXT or b"\0" in inside):
        raise _error(path, by_name)
    if _JSON.match(inside):
        raise _error(path, _BY_SUFFIX[".jsonl" if _JSON_LINES.match(inside) else ".json"])


def _begins(inside: bytes, begin: bytes) -> bool:
    """Letters may begin a text too."""
    letters = begin.isascii() and begin.decode().isprintable()
    return inside.startswith(begin) and (b"\0" in inside or not letters)


def _error(path: Path, one: _Format) -> DataError:
    out = repr(f"{path}{one.out}")
    lines = one.lines.replace("FILE", repr(str(path))).replace("OUT", out).splitlines()
    return DataError(
        f"{path}: {one.what}, which is not read; in Python{one.more}:\n"
        + "".join(f"  {line}\n" for line in map(escaped, lines))
        + f"then data={'npz' if one.out == '.npz' else 'table'} data.path={out}"
    )
