"""Whole JPEG images out of RFC 2435's abbreviated form (its appendices A and B)."""

from __future__ import annotations

import struct

# ITU-T T.81 table K.1 and K.2 in zigzag order, as RFC 2435 appendix A gives them.
_LUMA = bytes((
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
))  # fmt: skip
_CHROMA = bytes((
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
))  # fmt: skip

# ITU-T T.81 tables K.3 to K.6: class and number, how many codes of each length, the symbols.
_HUFFMAN = (
    (0x00, "00010501010101010100000000000000", "000102030405060708090a0b"),
    (0x01, "00030101010101010101010000000000", "000102030405060708090a0b"),
    (
        0x10,
        "0002010303020403050504040000017d",
        (
            "01020300041105122131410613516107227114328191a1082342b1c11552d1f0"
            "2433627282090a161718191a25262728292a3435363738393a434445464748494a"
            "535455565758595a636465666768696a737475767778797a838485868788898a"
            "92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6"
            "c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9"
            "fa"
        ),
    ),
    (
        0x11,
        "00020102040403040705040400010277",
        (
            "000102031104052131061241510761711322328108144291a1b1c109233352f0"
            "156272d10a162434e125f11718191a262728292a35363738393a434445464748"
            "494a535455565758595a636465666768696a737475767778797a828384858687"
            "88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3"
            "c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8"
            "f9fa"
        ),
    ),
)
_JFIF = bytes.fromhex("ffe000104a46494600010100000100010000")
_TABLES = b"".join(
    struct.pack(">HHB", 0xFFC4, 3 + 16 + len(bytes.fromhex(symbols)), number)
    + bytes.fromhex(counts)
    + bytes.fromhex(symbols)
    for number, counts, symbols in _HUFFMAN
)
_SCAN = bytes.fromhex("ffda000c03010002110311003f00")
END = b"\xff\xd9"


def quantizers(quality: int) -> bytes:
    """The two tables (128 bytes) that stand for Q = 1 to 99 (RFC 2435 §4.2)."""
    factor = min(max(quality, 1), 99)
    scale = 5000 // factor if factor < 50 else 200 - 2 * factor
    return bytes(min(max((value * scale + 50) // 100, 1), 255) for value in _LUMA + _CHROMA)


def header(
    kind: int, width: int, height: int, tables: bytes, precision: int, interval: int
) -> bytes:
    """All that stands before the scan's data.

    `kind`: 0 for 4:2:2, 1 for 4:2:0.  `tables`: quantizers, one after the other, the n-th in 16
    bits where bit n of `precision` is set.  `interval`: of restart markers, 0 for none.  Raises
    ValueError for tables of a wrong length.
    """
    parts = [b"\xff\xd8", _JFIF]
    position = number = 0
    while position < len(tables) and number < 4:
        wide = precision >> number & 1
        table = tables[position : position + 64 * (1 + wide)]
        if len(table) != 64 * (1 + wide):
            raise ValueError(f"JPEG quantizers of {len(tables)} bytes")
        parts += [struct.pack(">HHB", 0xFFDB, 3 + len(table), wide << 4 | number), table]
        position += len(table)
        number += 1
    if not number:
        raise ValueError("a JPEG without quantizers")
    if interval:
        parts.append(struct.pack(">HHH", 0xFFDD, 4, interval))
    second = min(1, number - 1)
    frame = (
        8,
        height,
        width,
        3,
        1,
        0x22 if kind == 1 else 0x21,
        0,
        2,
        0x11,
        second,
        3,
        0x11,
        second,
    )
    parts += [struct.pack(">HHBHH10B", 0xFFC0, 17, *frame), _TABLES, _SCAN]
    return b"".join(parts)
