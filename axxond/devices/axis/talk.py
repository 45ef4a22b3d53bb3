"""The loudspeaker of an Axis device (VAPIX 3, Audio API: audio/transmit.cgi)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from axxond.base import tasks
from axxond.devices.axis.link import Link
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Codec, FailureKind

_FORMAT = AudioFormat(Codec.PCMU, 8000, 1, 8)
_HEADERS = {"Content-Type": "audio/basic", "Content-Length": "9999999"}  # as VAPIX asks for
# A device that refuses (another speaks, no loudspeaker) answers at once.
_REFUSAL_S = 0.3
# Two seconds in blocks of 20 ms: a device that takes no more is not listening.
_MAX_WAITING = 100


class AxisTalk:
    """`axxond.devices.control.Talk`.  One at a time: opening ends what was open."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MAX_WAITING)
        self._post: asyncio.Task[DeviceError | None] | None = None

    async def open(self, channel: str) -> AudioFormat:
        await self.close()
        # A body that goes on cannot be sent twice: the log-in must be known before.
        await self._link.params("Audio")
        self._waiting = asyncio.Queue(_MAX_WAITING)
        self._post = tasks.spawn(self._send_all(channel), "axis talk")
        await asyncio.wait((self._post,), timeout=_REFUSAL_S)
        self._check()
        return _FORMAT

    async def send(self, samples: bytes) -> None:
        self._check()
        try:
            self._waiting.put_nowait(samples)
        except asyncio.QueueFull as error:
            await self.close()
            text = f"{self._link.place} takes no more sound."
            raise DeviceError(FailureKind.STALLED, text) from error

    async def close(self) -> None:
        await tasks.cancel(self._post)
        self._post = None

    def _check(self) -> None:
        if self._post is None:
            raise self._ended("nobody is speaking")
        if self._post.done():
            error = self._post.result()
            self._post = None
            raise error or self._ended("the device has ended it")

    async def _send_all(self, channel: str) -> DeviceError | None:
        """The failure as a value: it is told with the next call."""
        query = {"camera": channel or "1"}
        try:
            async with self._link.post("audio/transmit.cgi", query, self._body(), _HEADERS):
                return None
        except DeviceError as error:
            return error

    async def _body(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._waiting.get()

    def _ended(self, why: str) -> DeviceError:
        return DeviceError(FailureKind.CLOSED, f"{self._link.place} plays no speech: {why}.")
