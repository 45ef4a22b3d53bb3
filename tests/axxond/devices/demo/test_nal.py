from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.demo import nal

# NAL units neither end in zero nor hold a start code (emulation prevention sees to that).
UNITS = st.lists(st.binary(min_size=1, max_size=40).map(lambda b: b.replace(b"\0", b"\1")))


@given(UNITS, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_a_byte_stream_gives_back_its_units(units: list[bytes], code: bytes) -> None:
    assert nal.split_start_codes(b"".join(code + unit for unit in units)) == units


@given(UNITS, st.sampled_from([1, 2, 4]))
def test_length_prefixed_units_come_back(units: list[bytes], size: int) -> None:
    data = b"".join(len(unit).to_bytes(size, "big") + unit for unit in units)
    assert nal.split_lengths(data, size) == units


def test_a_length_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="passes the end"):
        nal.split_lengths(b"\0\0\0\5abcd", 4)


def test_parameter_sets_of_avcc() -> None:
    record = bytes.fromhex("01 4d401e fd e1 0003 674d40 01 0002 68ee")
    config = nal.h264_config(record)
    assert config == nal.DecoderConfig((b"\x67\x4d\x40", b"\x68\xee"), 2)


def test_parameter_sets_of_hvcc_without_sei() -> None:
    arrays = bytes.fromhex(
        "20 0001 0002 4001  21 0001 0002 4201  22 0001 0002 4401  27 0001 0002 4e01"
    )
    record = bytes([1]) + bytes(20) + bytes([3, 4]) + arrays
    config = nal.h265_config(record)
    assert config == nal.DecoderConfig((b"\x40\x01", b"\x42\x01", b"\x44\x01"), 4)
