"""The pages of a Parquet file, looked at before anything unpacks them: what a column's pages claim
to come to, which its footer need not tell.

A page begins with a header in Thrift's compact protocol: fields by number, of which a few are
wanted and the others passed over. (parquet.thrift, ``PageHeader``; thrift-compact-protocol.md)
"""

import io
from pathlib import Path
from typing import Any

from mlp_scratch.errors import DataError

_STOP, _TRUTH, _BYTE, _WHOLE, _DOUBLE, _BINARY, _STRUCT = 0, (1, 2), 3, (4, 5, 6), 7, 8, 12
_LONGEST_HEADER = 1 << 16  # bytes, of which statistics may take some
_DEEPEST = 8
_DELTA_BYTE_ARRAY = 7  # each word as what it has in common with the one before, and the rest


class _Compact:
    """Reads a header. Raises ValueError where it is none."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def tell(self) -> int:
        return self._data.tell()

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields: whole numbers and structures; None for what is passed over."""
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while True:
            head = self._byte()
            kind = head & 15
            if kind == _STOP:
                return found
            number = number + (head >> 4) if head >> 4 else self._whole()
            found[number] = None if kind in _TRUTH else self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _WHOLE:
            return self._whole()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_BYTE, _DOUBLE, _BINARY):
            length = {_BYTE: 1, _DOUBLE: 8}.get(kind)
            length = self._varint() if length is None else length
            if len(self._data.read(length)) < length:
                raise ValueError("it ends too early")
            return None
        raise ValueError(f"a field of kind {kind}")  # lists and maps: a header has none

    def _whole(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("a number without an end")

    def _byte(self) -> int:
        data = self._data.read(1)
        if not data:
            raise ValueError("it ends too early")
        return data[0]


def unpacked_size(path: Path, file: Any, chunk: Any, where: str) -> int:
    """The bytes that the pages of a column chunk claim to unpack to; ``chunk`` is what the footer
    says of it. Raises DataError."""
    begin, end = chunk.data_page_offset, path.stat().st_size
    if chunk.dictionary_page_offset is not None and chunk.dictionary_page_offset > 0:
        begin = min(begin, chunk.dictionary_page_offset)
    end, at, total = min(end, begin + chunk.total_compressed_size), begin, 0
    while at < end:
        file.seek(at)
        compact = _Compact(file.read(_LONGEST_HEADER))
        try:
            page = compact.struct()
            unpacked, packed = page[2], page[3]
            several = (page.get(5), 2), (page.get(8), 4)  # data pages, and how they are encoded
            encoded = [header[field] for header, field in several if header is not None]
        except (ValueError, KeyError, OverflowError) as error:
            raise DataError(f"{path}: {where}: a damaged page at offset {at} ({error})") from None
        if unpacked < 0 or packed < 0 or at + compact.tell() + packed > end:
            raise DataError(f"{path}: {where}: the page at offset {at} is longer than its column")
        if chunk.physical_type == "BYTE_ARRAY" and _DELTA_BYTE_ARRAY in encoded:
            raise DataError(
                f"{path}: {where} is encoded in a rare way (DELTA_BYTE_ARRAY) that does not tell "
                "its size: save the file again with pandas"
            )
        total += unpacked
        at += compact.tell() + packed
    return total
