"""What a capture card is.  All calls block and are made on threads; they raise OSError."""

from __future__ import annotations

from typing import Protocol

import av.video.frame

from axxond.devices.capture.standard import Standard

Picture = tuple[av.video.frame.VideoFrame, int]


class Channel(Protocol):
    """An open channel, used by one thread."""

    def read(self, timeout_s: float) -> Picture | None:
        """The next picture and its UTC time in microseconds; None: none came in that time."""
        ...

    def close(self) -> None: ...


class Card(Protocol):
    """Channels are numbered from 1."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> int: ...

    def detect(self, channel: int) -> Standard | None:
        """The standard of what is connected; None: no signal, or the card does not tell."""
        ...

    def open(self, channel: int, standard: Standard) -> Channel: ...
