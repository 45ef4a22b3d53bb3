"""Sound out: one source at a time, through miniaudio.

Blocks come from any thread into a bounded jitter buffer; the sound card's thread takes them.
Where there is no sound card, a null device runs in its place, so that all else stays the same.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Generator

import miniaudio
import numpy as np
from numpy.typing import NDArray

from axxon_client.video.decode import AudioBlock

log = logging.getLogger(__name__)

RATE = 48_000
CHANNELS = 2
# Playing begins with so much, which covers the network's jitter; more than the bound is late
# sound, and is cut back to the beginning's measure.
_START_FRAMES = RATE * 12 // 100
_MAX_FRAMES = RATE * 50 // 100
_DEVICE_MS = 60
_FULL_SCALE = 32_768.0
# The meter falls by half in that much sound.
_METER_HALF_FRAMES = RATE // 5

Samples = NDArray[np.int16]


class JitterBuffer:
    """Samples (frames, 2) in, any number of frames out; silence when there is nothing.

    Thread-safe.  `dropped_frames` counts what came too late, `gaps` how often it ran dry.
    """

    def __init__(self) -> None:
        self.dropped_frames = 0
        self.gaps = 0
        self._lock = threading.Lock()
        self._blocks: deque[Samples] = deque()
        self._frames = 0
        self._filling = True

    @property
    def frames(self) -> int:
        return self._frames

    def put(self, samples: Samples) -> None:
        with self._lock:
            self._blocks.append(samples)
            self._frames += len(samples)
            if self._frames > _MAX_FRAMES:
                self._cut(self._frames - _START_FRAMES)
            if self._frames >= _START_FRAMES:
                self._filling = False

    def take(self, frames: int) -> Samples:
        out = np.zeros((frames, CHANNELS), np.int16)
        with self._lock:
            if self._filling:
                return out
            done = 0
            while done < frames and self._blocks:
                block = self._blocks.popleft()
                part = block[: frames - done]
                out[done : done + len(part)] = part
                done += len(part)
                if len(part) < len(block):
                    self._blocks.appendleft(block[len(part) :])
            self._frames -= done
            if done < frames:
                self._filling = True
                self.gaps += 1
        return out

    def clear(self) -> None:
        with self._lock:
            self._blocks.clear()
            self._frames = 0
            self._filling = True

    def _cut(self, frames: int) -> None:
        """Drop the oldest."""
        while frames > 0 and self._blocks:
            block = self._blocks.popleft()
            gone = min(frames, len(block))
            if gone < len(block):
                self._blocks.appendleft(block[gone:])
            frames -= gone
            self._frames -= gone
            self.dropped_frames += gone


class Meter:
    """A level in [0; 1] on a scale of 60 dB: up at once, down slowly."""

    def __init__(self) -> None:
        self._level = 0.0

    @property
    def level(self) -> float:
        return self._level

    def add(self, samples: Samples) -> None:
        if not len(samples):
            return
        power = float(np.mean(np.square(samples, dtype=np.float32)))
        loud = np.sqrt(power) / _FULL_SCALE
        share = max(0.0, 1.0 + 20.0 * np.log10(max(loud, 1e-6)) / 60.0)
        fallen = self._level * 0.5 ** (len(samples) / _METER_HALF_FRAMES)
        self._level = float(max(share, fallen))

    def clear(self) -> None:
        self._level = 0.0


class AudioOut:
    """`select` a source (any object), `play` blocks of it; those of others are dropped.

    All methods from any thread.  The device opens with the first source and closes with
    `select(None)`.  `volume` [0; 1].
    """

    def __init__(self, null: bool = False) -> None:
        self.volume = 1.0
        self.buffer = JitterBuffer()
        self._meter = Meter()
        self._null = null
        self._lock = threading.Lock()
        self._source: object | None = None
        self._device: miniaudio.PlaybackDevice | None = None

    @property
    def source(self) -> object | None:
        return self._source

    @property
    def silent(self) -> bool:
        """There is no sound card: the null device runs."""
        return self._null

    @property
    def level(self) -> float:
        """Of the selected source, [0; 1], whatever the volume."""
        return self._meter.level

    def select(self, source: object | None) -> None:
        with self._lock:
            if source is self._source:
                return
            self._source = source
            self.buffer.clear()
            self._meter.clear()
            if source is None:
                self._close_device()
            elif self._device is None:
                self._device = self._open_device()

    def play(self, source: object, block: AudioBlock) -> None:
        """`block` is 48 kHz stereo, as `AudioDecoder` makes it by default.  Raises ValueError."""
        if block.rate != RATE or block.samples.shape[1] != CHANNELS:
            raise ValueError(f"sound of {block.rate} Hz, {block.samples.shape[1]} channels")
        if source is not self._source:
            return
        self._meter.add(block.samples)
        self.buffer.put(block.samples)

    def close(self) -> None:
        self.select(None)

    def _open_device(self) -> miniaudio.PlaybackDevice:
        if not self._null:
            try:
                return self._start(miniaudio.PlaybackDevice(**_SETTINGS))
            except miniaudio.MiniaudioError as error:
                log.info("no sound card: %s", error)
                self._null = True
        backends = [miniaudio.Backend.NULL]
        return self._start(miniaudio.PlaybackDevice(**_SETTINGS, backends=backends))

    def _start(self, device: miniaudio.PlaybackDevice) -> miniaudio.PlaybackDevice:
        stream = self._stream()
        next(stream)
        device.start(stream)
        return device

    def _stream(self) -> Generator[bytes, int, None]:
        """Runs on the sound card's thread: gets a number of frames, gives their bytes."""
        frames = yield b""
        while True:
            samples = self.buffer.take(frames)
            if self.volume != 1.0:
                samples = (samples * self.volume).astype(np.int16)
            frames = yield samples.tobytes()

    def _close_device(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None


_SETTINGS = {
    "output_format": miniaudio.SampleFormat.SIGNED16,
    "nchannels": CHANNELS,
    "sample_rate": RATE,
    "buffersize_msec": _DEVICE_MS,
}
