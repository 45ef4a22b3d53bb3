"""Capture cards of Windows by DirectShow, through libav.  A device is a card of one channel."""

from __future__ import annotations

import time

import av
import av.container

from axxond.devices.capture.port import Picture
from axxond.devices.capture.standard import Standard


class DshowCard:
    """`axxond.devices.capture.port.Card`; `name` as DirectShow lists it."""

    channels = 1

    def __init__(self, name: str) -> None:
        self.name = name

    def detect(self, channel: int) -> Standard | None:
        """DirectShow refuses pictures of another standard than the card receives."""
        for standard in Standard:
            try:
                self.open(channel, standard).close()
            except OSError:
                continue
            return standard
        return None

    def open(self, channel: int, standard: Standard) -> DshowChannel:
        del channel  # there is one
        return DshowChannel(self.name, standard)


class DshowChannel:
    def __init__(self, name: str, standard: Standard) -> None:
        width, height = standard.size
        options = {
            "video_size": f"{width}x{height}",
            "framerate": str(standard.fps),
            "rtbufsize": "16M",
        }
        container = av.open(f"video={name}", format="dshow", options=options)
        assert isinstance(container, av.container.InputContainer)
        self._container = container
        self._frames = container.decode(video=0)

    def read(self, timeout_s: float) -> Picture | None:
        """libav waits for the next picture, however long that takes."""
        del timeout_s
        frame = next(self._frames, None)
        if frame is None:
            raise OSError("the device has ended")
        return frame, time.time_ns() // 1000

    def close(self) -> None:
        self._container.close()
