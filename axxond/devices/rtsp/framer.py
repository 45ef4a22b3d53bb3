"""The receive buffer of one connection, parsed in place.

The socket writes into `space()`; `received` walks over what is there.  RTP payloads are handed on
as indices into `view`; depacketizers keep slices of it until an access unit is whole and are told
by `detach` before the bytes under them are reused.  So a payload is copied once, when joined.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Protocol

from axxond.base.units import KIB
from axxond.devices.rtsp import messages
from axxond.devices.rtsp.messages import MalformedError, Message

# Holds the largest interleaved frame (64 KiB) or message (80 KiB) with room to read on; a quarter
# of a second of an 8 Mbit/s stream.
BUFFER_BYTES = 256 * KIB
# Below that much room the unparsed rest moves to the front.
_MIN_SPACE_BYTES = 64 * KIB
# Stray bytes that a camera may leave between messages before we call it garbage.
_MAX_STRAY_BYTES = 4 * KIB
_DOLLAR = 0x24
_PADDING = frozenset(b"\r\n\0 ")


class Channel(Protocol):
    """What listens on one interleaved channel."""

    @property
    def pending(self) -> bool:
        """Whether slices of the buffer are held."""

    def frame(self, begin: int, end: int, arrival_us: int) -> None: ...

    def detach(self) -> None:
        """Copy what is held of the buffer: it is about to change."""


class Framer:
    """`on_message` gets each message; `channels` each frame.  Raises MalformedError."""

    def __init__(self, on_message: Callable[[Message], None], size: int = BUFFER_BYTES) -> None:
        # Memory of its own, given back whole: as part of the heap, the buffers of cameras that
        # came and went left holes (40 MB after 300 connections, seen).
        self._data = mmap.mmap(-1, size)
        self.view = memoryview(self._data)
        self._on_message = on_message
        self._listeners: list[Channel] = []
        self._frames: dict[int, Callable[[int, int, int], None]] = {}
        self._wholes: dict[int, Callable[[int, int, int], int]] = {}
        self._read = 0
        self._write = 0
        self._stray = 0

    def listen(
        self, channel: int, listener: Channel, whole: Callable[[int, int, int], int] | None = None
    ) -> None:
        """`whole(begin, end, arrival_us)` may take several frames at once from all that is there:
        it gives the place after them, or 0 to get the frames one by one."""
        self._listeners.append(listener)
        self._frames[channel] = listener.frame
        if whole is not None:
            self._wholes[channel] = whole

    def space(self) -> memoryview:
        """Where the next bytes go; never empty."""
        return self.view[self._write :]

    def received(self, count: int, arrival_us: int) -> None:
        """`count` bytes were written into `space()`; parse all that is complete."""
        self._write += count
        self._walk(arrival_us)
        if self._read == self._write:
            for listener in self._listeners:
                if listener.pending:
                    break
            else:
                self._read = self._write = 0
                return
        if len(self._data) - self._write < _MIN_SPACE_BYTES:
            self._compact()

    def _walk(self, arrival_us: int) -> None:
        data, frames, wholes = self._data, self._frames, self._wholes
        read, write = self._read, self._write
        while write - read >= 4:
            if data[read] != _DOLLAR:
                self._read = read
                if not self._message():
                    return
                read = self._read
                continue
            whole = wholes.get(data[read + 1])
            if whole is not None and (after := whole(read, write, arrival_us)):
                read = after
                continue
            end = read + 4 + (data[read + 2] << 8 | data[read + 3])
            if end > write:
                break
            frame = frames.get(data[read + 1])
            if frame is not None:
                frame(read + 4, end, arrival_us)
            read = end
        self._read = read

    def _message(self) -> bool:
        """Take one message, or stray bytes; False: more bytes are needed."""
        if self._data[self._read] in _PADDING:
            self._read += 1
            return True
        try:
            found = messages.parse(self._data, self._read, self._write)
        except MalformedError:
            if not self._frames:
                raise
            self._skip_stray()
            return True
        if found is None:
            return False
        message, self._read = found
        self._stray = 0
        self._on_message(message)
        return True

    def _skip_stray(self) -> None:
        """Media flow: go on at the next frame or message."""
        begin = self._read
        at = begin + 1
        while at < self._write and not self._plausible(at):
            at += 1
        self._stray += at - begin
        self._read = at
        if self._stray > _MAX_STRAY_BYTES:
            raise MalformedError(f"more than {_MAX_STRAY_BYTES} stray bytes in the stream")

    def _plausible(self, at: int) -> bool:
        """Whether a frame of a known channel with RTP version 2, or a message, starts here."""
        data, write = self._data, self._write
        if data[at] == _DOLLAR:
            if at + 5 > write:
                return True
            return data[at + 1] in self._frames and data[at + 4] >> 6 == 2
        return data[at : at + 5] == b"RTSP/"[: write - at]

    def _compact(self) -> None:
        for listener in self._listeners:
            listener.detach()
        rest = self._write - self._read
        self.view[:rest] = self.view[self._read : self._write]
        self._read, self._write = 0, rest
        if rest == len(self._data):
            raise MalformedError(f"a message longer than {rest} bytes")
