"""Decoding on a graphics card: NVIDIA's by CUDA, where there is one (PyAV's hwaccel).

`choice` is a preference of this machine.  A card that is not there, that refuses a stream or that
fails on a picture is no trouble: that stream is decoded by the processor.
"""

from __future__ import annotations

import enum
import logging
import threading

import av
import av.error
from attrs import define, field
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext

from protocol.types import Codec

log = logging.getLogger(__name__)

# What NVIDIA's cards decode of what cameras send (SPEC: H.264 and H.265).
_DECODERS = frozenset(("h264", "hevc"))
CODECS = (Codec.H264, Codec.H265)
# After so many streams that it refused, a card is left alone until the choice is made anew.
_MAX_REFUSALS = 4


class Choice(enum.Enum):
    OFF = "off"
    CUDA = "cuda"


@define
class Card:
    """The one card, as far as this process has met it.  Any thread.

    `trouble`: why it is not used though it is wished; "" = it is, or is not wished.
    """

    choice: Choice = Choice.OFF
    trouble: str = ""
    _refusals: int = 0
    _lock: threading.Lock = field(factory=threading.Lock, repr=False)

    def choose(self, choice: Choice) -> None:
        """For streams that are opened from here on; another choice forgets all trouble."""
        with self._lock:
            if choice is self.choice:
                return
            self.choice, self.trouble, self._refusals = choice, "", 0

    def context(self, name: str) -> VideoCodecContext | None:
        """A decoder on the card; None: decode it by the processor."""
        if self.choice is Choice.OFF or name not in _DECODERS or self._refusals >= _MAX_REFUSALS:
            return None
        try:
            accelerator = HWAccel(self.choice.value, allow_software_fallback=False)
            context = av.CodecContext.create(name, "r", hwaccel=accelerator)
        except (
            av.error.FFmpegError,
            OSError,
            RuntimeError,
            ValueError,
            NotImplementedError,
        ) as error:
            self.refused(error)
            return None
        assert isinstance(context, VideoCodecContext)
        return context

    def refused(self, error: Exception) -> None:
        """The card was asked and could not."""
        with self._lock:
            self._refusals += 1
            first = not self.trouble
            self.trouble = str(error) or type(error).__name__
        if first:
            log.warning(
                "pictures are decoded by the processor: %s cannot be used (%s)",
                self.choice.value,
                self.trouble,
            )


CARD = Card()
