"""Which stream is taken for what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.choice import ranked
from axxond.devices.control import StreamSetup
from protocol.types import Codec

_K = Codec
_SETUPS = st.builds(
    StreamSetup,
    st.sampled_from([None, *Codec]),
    st.none() | st.integers(0, 4000),
    st.none() | st.integers(0, 4000),
    bitrate_bps=st.none() | st.integers(0, 10_000_000),
)


def _setups(*given: tuple[Codec, int, int]) -> list[StreamSetup]:
    return [StreamSetup(codec, width, height) for codec, width, height in given]


def _widths(*given: tuple[Codec, int, int]) -> list[int | None]:
    return [one.width for one in ranked(_setups(*given), lambda one: one)]


def test_the_largest_and_the_smallest_that_shows_enough() -> None:
    sizes = ((_K.H264, 160, 90), (_K.H264, 640, 360), (_K.H265, 1920, 1080), (_K.H264, 1280, 720))
    assert _widths(*sizes) == [1920, 640, 1280, 160]


def test_a_coding_made_for_video_goes_before_size() -> None:
    assert _widths((_K.MJPEG, 2592, 1944), (_K.H264, 640, 480)) == [640, 2592]


def test_of_too_small_ones_the_largest_is_better_than_none() -> None:
    assert _widths((_K.H264, 1280, 720), (_K.H264, 80, 45), (_K.H264, 160, 90))[1] == 160


@given(st.lists(_SETUPS, max_size=8))
def test_none_is_lost_or_made_up(setups: list[StreamSetup]) -> None:
    found = ranked(setups, lambda one: one)
    assert sorted(map(repr, found)) == sorted(map(repr, setups))
