"""Encoded units in one form, whichever way they travelled: what both ends hash.

Plain functions of the standard library only: the system's Python imports this too.
"""

import hashlib


def nal_units_by_start_code(data):
    """The NAL units of Annex B data."""
    parts = data.split(b"\x00\x00\x01")[1:]
    return [unit for unit in (part.rstrip(b"\x00") for part in parts) if unit]


def nal_units_by_length(data):
    """The NAL units of data with 4-byte lengths."""
    units, position = [], 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        units.append(data[position + 4 : position + 4 + size])
        position += 4 + size
    return units


def jpeg_parts(data):
    """Quantizers and scan data: all of a baseline JPEG that RFC 2435 does not fix."""
    parts, position = [], 2
    while data[position + 1] != 0xDA:
        size = int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + size]
        if data[position + 1] == 0xDB:
            parts += [body[at + 1 : at + 65] for at in range(0, len(body), 65)]
        position += 2 + size
    size = int.from_bytes(data[position + 2 : position + 4], "big")
    end = data.rfind(b"\xff\xd9")
    return [*parts, data[position + 2 + size : end if end > 0 else len(data)]]


def digest(parts):
    """One hash of several byte strings, and how many bytes they have."""
    summed = hashlib.sha256()
    for part in parts:
        summed.update(len(part).to_bytes(4, "big") + part)
    return f"{summed.hexdigest()} {sum(map(len, parts))}"
