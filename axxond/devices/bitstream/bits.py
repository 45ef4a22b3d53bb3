"""Reading bits, most significant first, with the Exp-Golomb codes of H.264 §9.1."""

from __future__ import annotations


class OutOfBitsError(ValueError):
    """More was asked for than there is: the data are cut or broken."""


class Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def copy(self) -> Bits:
        """A second reader at the same place."""
        other = Bits(b"")
        other._value, other._left = self._value, self._left
        return other

    @property
    def left(self) -> int:
        return self._left

    def read(self, count: int) -> int:
        """The next `count` bits as an unsigned number.  Raises OutOfBitsError."""
        if count > self._left:
            raise OutOfBitsError(f"{count} bits wanted, {self._left} left")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.read(1) == 1

    def skip(self, count: int) -> None:
        self.read(count)

    def golomb(self) -> int:
        """An unsigned code; at most 32 leading zeros."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise OutOfBitsError("an Exp-Golomb code of more than 32 zeros")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_golomb(self) -> int:
        """A signed code."""
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def unescape(nal: bytes) -> bytes:
    """A NAL unit without its emulation prevention bytes (H.264 §7.4.1)."""
    if b"\0\0\3" not in nal:
        return nal
    out = bytearray()
    position = 0
    while (found := nal.find(b"\0\0\3", position)) >= 0:
        out += nal[position : found + 2]
        position = found + 3
    return bytes(out + nal[position:])
