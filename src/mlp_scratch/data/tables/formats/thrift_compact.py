"""Thrift's compact protocol, in which Parquet's footer and the headers of its pages are written: a
structure is fields by number, each a whole number, truth value, bytes, list or structure.
(github.com/apache/thrift, doc/specs/thrift-compact-protocol.md)
"""

from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _WHOLE, _DOUBLE, _BINARY = 0, 1, 2, 3, (4, 5, 6), 7, 8
_LISTS, _STRUCT = (9, 10), 12
_DEEPEST = 10
_MOST, _OF_STRUCT = 4_000_000, 12  # what may come out; what a structure costs of it


class Compact:
    """Reads ``data`` from ``at`` on. Raises ValueError where it is no such thing, or makes far more
    than it has bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at, self._left = data, 0, _MOST

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields by number. Doubles are passed over: None."""
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        self._count(_OF_STRUCT)
        found: dict[int, Any] = {}
        number = 0
        while True:
            head = self._byte()
            kind = head & 15
            if kind == _STOP:
                return found
            number = number + (head >> 4) if head >> 4 else self._whole()
            if kind in (_TRUE, _FALSE):
                found[number] = kind == _TRUE
            else:
                found[number] = self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> Any:
        self._count(1)
        if kind in _WHOLE:
            return self._whole()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_TRUE, _FALSE, _BYTE):  # a truth value is a byte in a list
            return self._byte()
        if kind == _DOUBLE:
            self._bytes(8)
            return None
        if kind in _LISTS:
            head = self._byte()
            length = head >> 4 if head >> 4 < 15 else self._varint()
            if length > len(self._data) - self.at:
                raise ValueError("a list longer than the rest")
            return [self._value(head & 15, depth + 1) for _ in range(length)]
        raise ValueError(f"a field of kind {kind}")

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
        return self._bytes(1)[0]

    def _bytes(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self._data):
            raise ValueError("it ends too early")
        data, self.at = self._data[self.at : end], end
        return data

    def _count(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise ValueError("too many values")
