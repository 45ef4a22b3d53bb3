"""Speaking to a device's loudspeaker: encoded as it wants, at the pace of speech.

On the event loop.  What comes faster than it is spoken waits, up to a bound.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from axxond.base import tasks
from axxond.devices import speech
from axxond.devices.control import Talk
from axxond.devices.port import DeviceError
from axxond.devices.speech import SAMPLE_BYTES
from protocol.types import AudioFormat

# What may wait: a network that stutters; more would be said too late to mean anything.
MAX_WAITING_S = 2.0
# The end of what is said, shorter than the encoder wants it, is filled with silence after that.
_PATIENCE_S = 0.1


class Loudspeaker:
    """`feed` signed 16-bit big-endian mono samples at `sample_rate`.  `on_end`: the device has
    gone, and why."""

    def __init__(self, talk: Talk, form: AudioFormat, on_end: Callable[[str], None]) -> None:
        self.sample_rate = form.sample_rate
        self._talk = talk
        self._encoder = speech.encoder(form)
        self._on_end = on_end
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._piece_bytes = self._encoder.piece_samples * SAMPLE_BYTES
        self._most_bytes = round(form.sample_rate * MAX_WAITING_S) * SAMPLE_BYTES
        self._task = tasks.spawn(self._run(), "talk")

    def feed(self, samples: bytes) -> int:
        """Milliseconds that were thrown away, the oldest."""
        self._waiting += samples
        self._more.set()
        over = len(self._waiting) - self._most_bytes
        if over <= 0:
            return 0
        del self._waiting[:over]
        return over * 1000 // (self.sample_rate * SAMPLE_BYTES)

    async def close(self) -> None:
        """What waits is not said any more."""
        await tasks.cancel(self._task)
        with contextlib.suppress(DeviceError):
            await self._talk.close()

    async def _run(self) -> None:
        try:
            await self._speak()
        except DeviceError as error:
            self._on_end(str(error))
            with contextlib.suppress(DeviceError):
                await self._talk.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while True:
            for one in self._encoder.encode(await self._piece()):
                next_s = max(next_s, loop.time() - one.lasts_s) + one.lasts_s
                await self._talk.send(one.data)
                await asyncio.sleep(max(0.0, next_s - loop.time()))

    async def _piece(self) -> bytes:
        """As much as the encoder takes."""
        waiting, count = self._waiting, self._piece_bytes
        while len(waiting) < count:
            self._more.clear()
            try:
                async with asyncio.timeout(_PATIENCE_S if waiting else None):
                    await self._more.wait()
            except TimeoutError:
                waiting += bytes(count - len(waiting))
        piece = bytes(waiting[:count])
        del waiting[:count]
        return piece
