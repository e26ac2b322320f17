"""In which letters a table is written, and whether it is text at all.

A byte order mark tells; then NUL in every second byte, which is UTF-16; then UTF-8, if all of the
file is; else it is cp1252, which is latin-1 with a few letters more, unless bytes occur that cp1252
has no letter for. `Reading.encoding` overrules all of this.
"""

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from mlp_scratch.bounded_reads import Stream
from mlp_scratch.data.tables.formats.refused import refuse
from mlp_scratch.data.tables.text.text_settings import AUTO
from mlp_scratch.errors import DataError

MAX_LINE = 16 << 20  # bytes
_SAMPLE = 256 << 10  # bytes that are looked at ...
_LINES, _WIDE_SAMPLE = 20, 4 << 20  # ... and more for so many lines
_CHUNK = 1 << 20
_MARKS = [  # that of UTF-32 begins as that of UTF-16 does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_NO_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = re.compile(r"\s*<(!doctype|html|\?xml|head|body|table|!--)", re.IGNORECASE)
_JSON = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*(\{|\[|"|$))')


def long_lines(path: Path, file: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """The lines of a file and their numbers. Raises DataError for one of 16 MiB or more."""
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
        if len(line) == MAX_LINE:
            raise DataError(f"{path}: line {number} is longer than 16 MiB")
        yield number, line


class Sample(NamedTuple):
    """The beginning of a file.

    text: without a byte order mark. mark: bytes that this takes. whole: whether it is all of it.
    """

    text: str
    encoding: str
    mark: int
    whole: bool
    note: str


def sample_of(path: Path, file: Stream, encoding: str) -> Sample:
    """What `file` begins with; with ``encoding`` ``auto`` it is read to its end, block by block.
    Raises DataError when it is no text, or nothing at all."""
    data, whole = _beginning(path, file)
    refuse(path, data)
    marks = [(name, len(mark)) for mark, name in _MARKS if data.startswith(mark)]
    found, mark = marks[0] if marks else ("", 0)
    note = ""
    if encoding != AUTO:
        found = _canonical(encoding, found)
    elif not found:
        found = _every_second_nul(data) or _of_all(path, file, data)
        if found == "cp1252":
            note = "not UTF-8, so taken for cp1252; data.encoding=... says another"
    try:
        text = codecs.getincrementaldecoder(found)().decode(data[mark:], whole)
    except UnicodeError as error:
        raise DataError(f"{path}: is not {found} text: {error}; see data.encoding") from error
    if (at := text.find("\0")) >= 0:
        raise DataError(f"{path}: NUL at offset {at}: this is not a table in text")
    if _HTML.match(text):
        raise DataError(
            f"{path}: is a web page or XML, not a table: save the raw file, not the page that "
            "shows it"
        )
    if _JSON.match(text) or _is_json_list(text):
        raise DataError(
            f"{path}: is JSON, not a table in text; pandas turns it into one: "
            "pd.read_json(FILE).to_csv(NEW, index=False)"
        )
    return Sample(text, found, mark, whole, note)


def _beginning(path: Path, file: Stream) -> tuple[bytes, bool]:
    """At least 20 lines, if they are not very long, and whether there is nothing more."""
    pieces: list[bytes] = []
    size, ends, returns, blank = 0, 0, 0, True
    while True:
        more = file.read(_SAMPLE)
        pieces.append(more)
        size, blank = size + len(more), blank and not more.strip()
        ends, returns = ends + more.count(b"\n"), returns + more.count(b"\r")
        lines = ends or returns
        if not more:
            if blank:
                raise DataError(f"{path}: the file is empty")
            return b"".join(pieces), True
        if size > MAX_LINE * (1 if blank else lines + 1) and lines < 3:
            raise DataError(f"{path}: line {lines + 1} is longer than 16 MiB: this is not a table")
        if blank and size > MAX_LINE:
            raise DataError(f"{path}: begins with 16 MiB of nothing: this is not a table")
        if not blank and (lines > _LINES or (lines >= 3 and size >= _WIDE_SAMPLE)):
            return b"".join(pieces), False


def _canonical(encoding: str, marked: str) -> str:
    """As Python calls it; with an order of bytes, and without a mark of its own."""
    name = codecs.lookup(encoding).name
    if name in ("utf-16", "utf-32"):
        return marked if marked.startswith(name) else f"{name}-le"
    return {"utf-8-sig": "utf-8"}.get(name, name)


def _every_second_nul(data: bytes) -> str:
    """UTF-16 without a mark; nothing if it is not."""
    even, odd = data[:4096:2], data[1:4096:2]
    for nul, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if odd and nul.count(0) > 0.7 * len(nul) and letters.count(0) < 0.1 * len(letters):
            return name
    return ""


def _of_all(path: Path, file: Stream, data: bytes) -> str:
    """utf-8 or cp1252, which all of the file is. Raises DataError if it is neither, or has NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, letters, offset, chunk = "utf-8", False, 0, data
    if _CONTROLS.search(data) and _no_utf_8(data):
        raise DataError(f"{path}: is not text")
    while True:
        if (at := chunk.find(b"\0")) >= 0:
            raise DataError(f"{path}: NUL at offset {offset + at}: this is not a table in text")
        if encoding == "utf-8":
            try:
                # nothing is left over from a chunk before: what is ASCII is UTF-8
                if decoder.getstate()[0] or not chunk.isascii() or not chunk:
                    decoder.decode(chunk, final=not chunk)
                    letters = letters or not chunk.isascii()
            except UnicodeDecodeError as error:
                at = offset + error.start
                if letters or not chunk[: error.start].isascii():
                    raise DataError(
                        f"{path}: is UTF-8 text but for offset {at}: damaged, or in two encodings; "
                        "data.encoding=cp1252 reads it all the same"
                    ) from error
                encoding = "cp1252"
        if encoding == "cp1252" and len(chunk.translate(None, _NO_CP1252)) < len(chunk):
            raise DataError(
                f"{path}: is neither UTF-8 nor cp1252 text: say data.encoding=..., for example "
                "cp1251, mac-roman, shift_jis or gb18030"
            )
        if not chunk:
            return encoding
        offset += len(chunk)
        chunk = file.read(_CHUNK)


def _no_utf_8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return True
    return False


def _is_json_list(text: str) -> bool:
    """``[1, 2]``: a row of a table seldom begins so."""
    if text.lstrip().startswith("["):
        try:
            json.JSONDecoder().raw_decode(text.lstrip()[:4096])
        except (ValueError, RecursionError):
            return False
        return True
    return False
