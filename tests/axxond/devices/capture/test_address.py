"""What the address of a capture channel means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.capture.address import BITRATE_KBPS, CODECS, GOP, CaptureAddress, parse
from axxond.devices.port import DeviceError
from protocol.types import Codec, FailureKind


def test_what_is_not_said_is_sensible() -> None:
    assert parse("capture:0") == CaptureAddress("0", 1, Codec.SNOW, 25, 3_000_000)
    found = parse("capture:virtual:pn?channel=2&codec=H264")
    assert found == CaptureAddress("virtual:pn", 2, Codec.H264, 25, 1_500_000)


@given(st.integers(1, 64), st.sampled_from(CODECS), st.integers(*GOP), st.integers(*BITRATE_KBPS))
def test_an_address_is_read_as_it_was_written(
    channel: int, codec: Codec, gop: int, kbps: int
) -> None:
    address = CaptureAddress("virtual", channel, codec, gop, kbps * 1000)
    assert parse(address.url) == address


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin"),
        ("rtsp://x", "does not begin"),
        ("capture:", "no card"),
        ("capture:0?channel=0", "channel 0"),
        ("capture:0?channel=two", "channel two"),
        ("capture:0?channel=65", "from 1 to 64"),
        ("capture:0?codec=av1", "codec av1 is none of snow, mjpeg, mpeg4, h264"),
        ("capture:0?gop=0", "gop 0"),
        ("capture:0?bitrate=1", "bitrate 1"),
        ("capture:0?colour=1", "colour is none of"),
    ],
)
def test_what_is_wrong_is_named(url: str, why: str) -> None:
    with pytest.raises(DeviceError, match=why) as caught:
        parse(url)
    assert caught.value.kind is FailureKind.UNREACHABLE


def test_the_television_standard_cannot_be_set() -> None:
    with pytest.raises(DeviceError, match="detected when it starts and cannot be set"):
        parse("capture:0?standard=ntsc")
