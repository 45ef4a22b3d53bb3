"""G.726 sample order: RFC 3551 packs the first sample into the low bits of a byte, the ACM form
that players know (tag 0x0045) into the high bits (I.366.2, "AAL2").  Both ways are loss-free."""

from __future__ import annotations


def _reversed_groups(width: int) -> bytes:
    """A table that reverses the order of `width`-bit groups in a byte; width 2 or 4."""
    mask = (1 << width) - 1
    table = bytearray()
    for byte in range(256):
        value = 0
        for shift in range(0, 8, width):
            value = value << width | byte >> shift & mask
        table.append(value)
    return bytes(table)


_TABLES = {2: _reversed_groups(2), 4: _reversed_groups(4)}


def swap_order(data: bytes, bits_per_sample: int) -> bytes:
    """RFC 3551 order to ACM order; see `unswap_order` for the way back.

    3 and 5 bits: 8 samples fill `bits` whole bytes; a tail that does not fill them (not allowed
    by RFC 3551 section 4.5.4) stays as it is.
    """
    if table := _TABLES.get(bits_per_sample):
        return data.translate(table)
    if bits_per_sample in (3, 5):
        return _regroup(data, bits_per_sample, "little", "big")
    return data


def unswap_order(data: bytes, bits_per_sample: int) -> bytes:
    if table := _TABLES.get(bits_per_sample):
        return data.translate(table)
    if bits_per_sample in (3, 5):
        return _regroup(data, bits_per_sample, "big", "little")
    return data


def _regroup(data: bytes, bits: int, source: str, target: str) -> bytes:
    mask = (1 << bits) - 1
    out = bytearray()
    whole = len(data) - len(data) % bits
    for begin in range(0, whole, bits):
        value = int.from_bytes(data[begin : begin + bits], source)  # type: ignore[arg-type]
        swapped = 0
        for _ in range(8):
            swapped = swapped << bits | value & mask
            value >>= bits
        out += swapped.to_bytes(bits, target)  # type: ignore[arg-type]
    return bytes(out) + data[whole:]
