"""Sound out: one source at a time, through miniaudio.

Blocks come from any thread, each with its moment, into a bounded queue; the sound card's thread
takes what is due.
Where there is no sound card, a null device runs in its place, so that all else stays the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator

import miniaudio
import numpy as np

from axxon_client.video.decode import AudioBlock
from axxon_client.video.soundqueue import CHANNELS, RATE, CardClock, Samples, SoundQueue

log = logging.getLogger(__name__)

# Three of them lie in the card's queue: little enough for sound that waits for no picture, enough
# for a machine that is busy.
_PERIOD_MS, _PERIODS = 30, 3
_FULL_SCALE = 32_768.0
# The meter falls by half in that much sound.
_METER_HALF_FRAMES = RATE // 5


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
        self.queue = SoundQueue()
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
            self.queue.clear()
            self._meter.clear()
            if source is None:
                self._close_device()
            elif self._device is None:
                self._device = self._open_device()

    def play(self, source: object, block: AudioBlock, due_us: int) -> None:
        """`block` is 48 kHz stereo, as `AudioDecoder` makes it by default, to be heard at `due_us`
        (monotonic).  Raises ValueError."""
        if block.rate != RATE or block.samples.shape[1] != CHANNELS:
            raise ValueError(f"sound of {block.rate} Hz, {block.samples.shape[1]} channels")
        if source is not self._source:
            return
        self._meter.add(block.samples)
        self.queue.put(block.samples, due_us)

    def hush(self, source: object) -> None:
        """What it has handed over is not to be heard any more."""
        if source is self._source:
            self.queue.clear()

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
        card = CardClock()
        frames = yield b""
        while True:
            samples = self.queue.take(frames, card.heard_us(_mono_us(), frames))
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
    "buffersize_msec": _PERIOD_MS,
    "callback_periods": _PERIODS,
}


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
