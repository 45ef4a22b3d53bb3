"""Which of a channel's streams to take for what: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from axxond.devices.control import StreamSetup
from protocol.types import Codec

T = TypeVar("T")

_PREFERENCE = {Codec.H264: 2, Codec.H265: 2, Codec.AV1: 2, Codec.MPEG4: 1}
# Smaller pictures show neither a person to a detector nor a scene in a small tile.
_LEAST_LOW_WIDTH = 320


def ranked(streams: Sequence[T], setup_of: Callable[[T], StreamSetup]) -> list[T]:
    """The best, then the one for detectors and small tiles if there is another, then the rest.

    The best has the most pixels of those in a coding made for video; the second the fewest of
    the others that still show enough.
    """
    rest = sorted(streams, key=lambda one: _high(setup_of(one)), reverse=True)
    if len(rest) < 2:
        return rest
    high = rest.pop(0)
    low = min(rest, key=lambda one: _low(setup_of(one)))
    rest.remove(low)
    return [high, low, *rest]


def _high(setup: StreamSetup) -> tuple[int, int, int]:
    preference = _PREFERENCE.get(setup.codec, 0) if setup.codec else 0
    return preference, _pixels(setup), setup.bitrate_bps or 0


def _low(setup: StreamSetup) -> tuple[int, int, int, int]:
    preference, pixels, bitrate_bps = _high(setup)
    if (setup.width or 0) < _LEAST_LOW_WIDTH:
        return 1, -preference, -pixels, bitrate_bps
    return 0, -preference, pixels, bitrate_bps


def _pixels(setup: StreamSetup) -> int:
    return (setup.width or 0) * (setup.height or 0)
