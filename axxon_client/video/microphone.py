"""The operator's microphone, through miniaudio, as the wire's 16-bit big-endian sound."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator

import miniaudio
import numpy as np

log = logging.getLogger(__name__)

_DEVICE_MS = 60
_FULL_SCALE = 32_768.0


class MicrophoneError(Exception):
    """There is none, or it may not be used; the message is for a person."""


class Microphone:
    """`start` and `stop` from one thread; `on_samples(bytes, level)` comes on the sound card's:
    one channel at `rate`, `level` in [0; 1] is its peak."""

    def __init__(
        self,
        rate: int,
        on_samples: Callable[[bytes, float], None],
        backends: list[miniaudio.Backend] | None = None,
    ) -> None:
        self._rate = rate
        self._on_samples = on_samples
        self._backends = backends
        self._device: miniaudio.CaptureDevice | None = None

    def start(self) -> None:
        """Raises MicrophoneError."""
        try:
            device = miniaudio.CaptureDevice(
                miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=self._rate,
                buffersize_msec=_DEVICE_MS,
                backends=self._backends,
                app_name="axxon-client",
            )
            taking = self._take()
            next(taking)
            device.start(taking)
        except miniaudio.MiniaudioError as error:
            log.warning("no microphone: %s", error)
            text = "No microphone was found. Plug one in, or allow its use."
            raise MicrophoneError(text) from error
        self._device = device

    def stop(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _take(self) -> Generator[None, bytes, None]:
        """On the sound card's thread."""
        while True:
            data = yield
            samples = np.frombuffer(data, "<i2")
            peak = float(np.abs(samples.astype(np.int32)).max(initial=0)) / _FULL_SCALE
            self._on_samples(samples.astype(">i2").tobytes(), peak)
