"""Speaking to a device's loudspeaker: encoded as it wants, at the pace of speech.

On the event loop.  What comes faster than it is spoken waits, up to a bound.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from axxond.base import tasks
from axxond.devices.control import Talk
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Codec, FailureKind

# What may wait: a network that stutters; more would be said too late to mean anything.
MAX_WAITING_S = 2.0
_PIECE_S = 0.02  # one RTP packet of G.711
_SAMPLE_BYTES = 2
Table = npt.NDArray[np.uint8]


class Loudspeaker:
    """`feed` signed 16-bit big-endian mono samples at `sample_rate`.  `on_end`: the device has
    gone, and why."""

    def __init__(self, talk: Talk, form: AudioFormat, on_end: Callable[[str], None]) -> None:
        self.sample_rate = form.sample_rate
        self._talk = talk
        self._encode = _encoder(form)
        self._on_end = on_end
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._piece_bytes = round(form.sample_rate * _PIECE_S) * _SAMPLE_BYTES
        self._most_bytes = round(form.sample_rate * MAX_WAITING_S) * _SAMPLE_BYTES
        self._task = tasks.spawn(self._run(), "talk")

    def feed(self, samples: bytes) -> int:
        """Milliseconds that were thrown away, the oldest."""
        self._waiting += samples
        self._more.set()
        over = len(self._waiting) - self._most_bytes
        if over <= 0:
            return 0
        del self._waiting[:over]
        return over * 1000 // (self.sample_rate * _SAMPLE_BYTES)

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
            if len(self._waiting) < self._piece_bytes:
                self._more.clear()
                await self._more.wait()
                continue
            piece = bytes(self._waiting[: self._piece_bytes])
            del self._waiting[: self._piece_bytes]
            next_s = max(next_s, loop.time() - _PIECE_S) + _PIECE_S
            await self._talk.send(self._encode(piece))
            await asyncio.sleep(max(0.0, next_s - loop.time()))


def _encoder(form: AudioFormat) -> Callable[[bytes], bytes]:
    """Raises DeviceError UNSUPPORTED."""
    if form.codec is Codec.L16:
        return bytes
    tables = {Codec.PCMU: ulaw_table, Codec.PCMA: alaw_table}
    if form.codec not in tables or form.channels != 1:
        text = f"The loudspeaker wants {form.codec}: choose G.711 for its sound in the camera."
        raise DeviceError(FailureKind.UNSUPPORTED, text)
    table = tables[form.codec]()

    def encode(samples: bytes) -> bytes:
        encoded: bytes = table[np.frombuffer(samples, ">u2")].tobytes()
        return encoded

    return encode


def ulaw_table() -> Table:
    """ITU-T G.711 μ-law of each 16-bit sample, by its unsigned pattern."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    table: Table = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return table


def alaw_table() -> Table:
    """ITU-T G.711 A-law of each 16-bit sample, by its unsigned pattern."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    sign = np.where(samples >= 0, 0x80, 0)
    magnitude = np.where(samples >= 0, samples, -samples - 1)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    shift = np.maximum(exponent, 1)
    mantissa = (magnitude >> shift) & 0x0F
    table: Table = ((sign | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return table
