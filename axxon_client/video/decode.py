"""Packets to pictures and samples, by libav.  Not thread-safe: one decoder, one lane.

Broken data never raises here: it is counted, and pictures go on with the next good packet.
"""

from __future__ import annotations

import io
import logging
from fractions import Fraction
from typing import Any

import av
import numpy as np
from attrs import field, frozen
from av.error import FFmpegError
from numpy.typing import NDArray

from axxon_client.video import hardware
from axxon_client.video.frame import VideoPicture, picture_of
from protocol.types import AudioFormat, Codec, VideoFormat

log = logging.getLogger(__name__)

_US = Fraction(1, 1_000_000)
_VIDEO_NAMES = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.MJPEG: "mjpeg",
    Codec.MPEG4: "mpeg4",
    Codec.MXPEG: "mxpeg",
    Codec.SNOW: "snow",
    Codec.AV1: "libdav1d",
}
_AUDIO_NAMES = {
    Codec.PCMU: "pcm_mulaw",
    Codec.PCMA: "pcm_alaw",
    Codec.L16: "pcm_s16be",
    Codec.AAC: "aac",
    Codec.OPUS: "opus",
}
_G726_BITS = 4  # 32 kbit/s, the usual one (RFC 3551, 4.5.4)
# Decoding errors are the camera's or the network's: told once a stream, then counted.
_MAX_LOGGED = 1


class VideoDecoder:
    """`configure`, then `decode` from a key frame on.  `errors` counts packets that failed.

    `card`: the graphics card may be used, where it is wished; for a single picture it is slower.
    """

    def __init__(self, card: bool = True) -> None:
        self.format: VideoFormat | None = None
        self.errors = 0
        self.on_card = False  # the graphics card decodes
        self._context: av.VideoCodecContext | None = None
        self._aspect = 1.0
        self._card_may = card  # and has not failed on this stream
        self._card_has = False  # it has given a picture

    def configure(self, wanted: VideoFormat) -> None:
        """The format from here on; the same one again changes nothing."""
        if wanted == self.format:
            return
        self.format = wanted
        self._context = None
        self._aspect = 1.0
        try:
            self._open(wanted)
        except (FFmpegError, ValueError) as error:
            self._failed(error)

    def _open(self, wanted: VideoFormat) -> None:
        name = _VIDEO_NAMES[wanted.codec]
        context = hardware.CARD.context(name) if self._card_may else None
        self.on_card, self._card_has = context is not None, False
        self._context = _video_context(wanted, context)

    def decode(self, payload: bytes, pts_us: int, dts_us: int) -> list[VideoPicture]:
        """Pictures in the order of showing; [] while the decoder waits for more."""
        if self._context is None or not payload:
            return []
        packet = _padded(payload)
        packet.time_base = _US
        packet.pts, packet.dts = pts_us, dts_us
        return self._decode(packet)

    def flush(self) -> list[VideoPicture]:
        """What the decoder still holds; afterwards it begins anew with a key frame."""
        if self._context is None:
            return []
        rest = self._decode(None)
        self._context.flush_buffers()
        return rest

    def reset(self) -> None:
        """Forget what the decoder holds (a seek)."""
        if self._context is not None:
            self._context.flush_buffers()

    def _decode(self, packet: av.Packet[Any] | None) -> list[VideoPicture]:
        assert self._context is not None
        try:
            frames = self._context.decode(packet)
            self._card_has = self._card_has or bool(frames)
            return [self._picture(frame, packet) for frame in frames]
        except (FFmpegError, ValueError) as error:  # ValueError: dimensions libav refuses
            if self.on_card and not self._card_has:
                return self._without_card(packet, error)
            self._failed(error)
            return []

    def _without_card(self, packet: av.Packet[Any] | None, error: Exception) -> list[VideoPicture]:
        """It has failed before its first picture: the processor decodes, from here on."""
        assert self.format is not None
        hardware.CARD.refused(error)
        self._card_may = False
        self._open(self.format)
        return self._decode(packet)

    def _picture(self, frame: av.VideoFrame, packet: av.Packet[Any] | None) -> VideoPicture:
        pts = frame.pts
        if pts is None:
            pts = packet.pts if packet is not None and packet.pts is not None else 0
        assert self._context is not None
        ratio = self._context.sample_aspect_ratio
        return picture_of(frame, pts, float(ratio) if ratio else 1.0)

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        if self.errors <= _MAX_LOGGED:
            codec = self.format.codec if self.format else "?"
            log.info("video %s: %s", codec, error)


def _padded(payload: bytes) -> av.Packet[Any]:
    """In memory of libav's own: decoders read some bytes past the end of a packet, and a Python
    object has no padding there."""
    packet: av.Packet[Any] = av.Packet(len(payload))
    packet.update(payload)
    return packet


def _video_context(
    wanted: VideoFormat, on_card: av.VideoCodecContext | None
) -> av.VideoCodecContext:
    context = on_card
    if context is None:
        made = av.VideoCodecContext.create(_VIDEO_NAMES[wanted.codec], "r")
        assert isinstance(made, av.VideoCodecContext)
        context = made
    context.thread_count = 1  # as many streams as cores already run side by side
    if wanted.extradata:
        context.extradata = wanted.extradata
    if wanted.codec in (Codec.SNOW, Codec.MXPEG) or not wanted.extradata:
        context.width, context.height = wanted.width, wanted.height
    return context


@frozen(eq=False)
class AudioBlock:
    """Samples (frames, channels) of int16 that begin at `pts_us`."""

    samples: NDArray[np.int16] = field(repr=False)
    rate: int
    pts_us: int

    @property
    def duration_us(self) -> int:
        return len(self.samples) * 1_000_000 // self.rate


class AudioDecoder:
    """Sound of any codec as interleaved int16 of the wanted rate and channels."""

    def __init__(self, rate: int = 48_000, channels: int = 2) -> None:
        self.format: AudioFormat | None = None
        self.errors = 0
        self._rate = rate
        self._channels = channels
        self._context: av.AudioCodecContext | None = None
        self._resampler: av.AudioResampler | None = None

    def configure(self, wanted: AudioFormat) -> None:
        if wanted == self.format:
            return
        self.format = wanted
        self._context = None
        layout = "stereo" if self._channels == 2 else "mono"
        self._resampler = av.AudioResampler("s16", layout, self._rate)
        try:
            self._context = _audio_context(wanted)
        except (FFmpegError, ValueError) as error:
            self._failed(error)

    def decode(self, payload: bytes, pts_us: int) -> list[AudioBlock]:
        if self._context is None or not payload:
            return []
        try:
            return self._decode(payload, pts_us)
        except (FFmpegError, ValueError) as error:
            self._failed(error)
            return []

    def _decode(self, payload: bytes, pts_us: int) -> list[AudioBlock]:
        assert self._context is not None
        assert self._resampler is not None
        blocks = []
        for frame in self._context.decode(_padded(payload)):
            frame.pts = None  # time is ours: libav's would be rescaled to samples
            for part in self._resampler.resample(frame):
                samples = (
                    part.to_ndarray().reshape(-1, self._channels).astype(np.int16, copy=False)
                )
                blocks.append(AudioBlock(samples, self._rate, pts_us))
                pts_us += blocks[-1].duration_us
        return blocks

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        if self.errors <= _MAX_LOGGED:
            log.info("audio %s: %s", self.format.codec if self.format else "?", error)


def _audio_context(wanted: AudioFormat) -> av.AudioCodecContext:
    if wanted.codec is Codec.G726:
        return _g726_context(wanted)
    context = av.AudioCodecContext.create(_AUDIO_NAMES[wanted.codec], "r")
    assert isinstance(context, av.AudioCodecContext)
    context.thread_count = 1
    context.sample_rate = wanted.sample_rate
    context.layout = "stereo" if wanted.channels == 2 else "mono"
    if wanted.extradata:
        context.extradata = wanted.extradata
    return context


def _g726_context(wanted: AudioFormat) -> av.AudioCodecContext:
    """PyAV cannot set the bits a sample of a bare decoder, but libav's raw demuxer can."""
    options = {
        "code_size": str(wanted.bits_per_sample or _G726_BITS),
        "sample_rate": str(wanted.sample_rate),
    }
    container = av.open(io.BytesIO(b"\0"), format="g726le", options=options)
    context = container.streams.audio[0].codec_context
    assert isinstance(context, av.AudioCodecContext)
    return context
