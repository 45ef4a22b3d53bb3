"""A card that is not there: pictures by libav's lavfi, for demonstrations and tests."""

from __future__ import annotations

import time

import av
import av.container

from axxond.base.units import SECOND_US
from axxond.devices.capture.address import MAX_CHANNELS
from axxond.devices.capture.port import Picture
from axxond.devices.capture.standard import Standard

_DEFAULT = "pppp"
_SIGNALS = {"p": Standard.PAL, "n": Standard.NTSC, "x": None}
# Pictures that move, one after the other for the channels.
_SOURCES = ("testsrc2", "testsrc")
# After so long a stop of the process pictures are not caught up with.
_LATE_US = SECOND_US // 2


class VirtualCard:
    """`axxond.devices.capture.port.Card`.  `signals`: see `axxond.devices.capture.address`."""

    name = "Virtual capture card"

    def __init__(self, signals: str = "") -> None:
        signals = signals or _DEFAULT
        if len(signals) > MAX_CHANNELS or not set(signals) <= _SIGNALS.keys():
            known = ", ".join(_SIGNALS)
            raise OSError(f"its channels {signals!r} are not all of {known}")
        self._signals = signals
        self.channels = len(signals)

    def detect(self, channel: int) -> Standard | None:
        return _SIGNALS[self._signals[channel - 1]]

    def open(self, channel: int, standard: Standard) -> VirtualChannel:
        return VirtualChannel(_SOURCES[channel % len(_SOURCES)], standard)


class VirtualChannel:
    def __init__(self, source: str, standard: Standard) -> None:
        width, height = standard.size
        graph = f"{source}=size={width}x{height}:rate={standard.fps}"
        container = av.open(graph, format="lavfi")
        assert isinstance(container, av.container.InputContainer)
        self._container = container
        self._frames = container.decode(video=0)
        self._interval_us = float(SECOND_US / standard.fps)
        self._begin_us = time.time_ns() // 1000
        self._number = 0

    def read(self, timeout_s: float) -> Picture | None:
        due_us = self._begin_us + int(self._number * self._interval_us)
        now_us = time.time_ns() // 1000
        if abs(due_us - now_us) > max(_LATE_US, self._interval_us):
            self._begin_us, self._number, due_us = now_us, 0, now_us  # stopped, or the clock set
        if due_us - now_us > timeout_s * SECOND_US:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0, due_us - now_us) / SECOND_US)
        self._number += 1
        return next(self._frames).reformat(format="yuv420p"), due_us

    def close(self) -> None:
        self._container.close()
