"""Pictures to packets by libav, on one thread at a time.

Every encoder works without B-frames and without look-ahead: a picture in is a packet out.
"""

from __future__ import annotations

from fractions import Fraction

import av
import av.video.codeccontext
from attrs import define, field
from av.codec.context import Flags
from av.video.frame import PictureType

from axxond.devices.capture.address import CaptureAddress
from axxond.devices.capture.standard import Standard
from axxond.devices.libav_tracks import Convert, start_codes
from axxond.media.packet import Packet
from protocol.types import Codec, VideoFormat

_NAMES = {Codec.SNOW: "snow", Codec.MJPEG: "mjpeg", Codec.MPEG4: "mpeg4", Codec.H264: "libx264"}
_OPTIONS = {
    Codec.H264: {"preset": "veryfast", "tune": "zerolatency", "x264-params": "scenecut=0"},
    Codec.SNOW: {"strict": "-2"},  # libav calls its own Snow encoder experimental
}
_MAX_PENDING = 8  # pictures that an encoder may hold; it should hold none


@define
class Encoder:
    """Of one channel.  Raises FFmpegError or ValueError from `encode` for what libav refuses."""

    address: CaptureAddress
    standard: Standard
    _context: av.video.codeccontext.VideoCodecContext = field(init=False)
    _convert: Convert = field(init=False)
    _number: int = 0
    _last_us: int = 0
    _times_us: list[int] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        address, fps = self.address, self.standard.fps
        context = av.CodecContext.create(_NAMES[address.codec], "w")
        assert isinstance(context, av.video.codeccontext.VideoCodecContext)
        context.width, context.height = self.standard.size
        context.pix_fmt = "yuvj420p" if address.codec is Codec.MJPEG else "yuv420p"
        context.framerate, context.time_base = fps, Fraction(1) / fps
        context.gop_size, context.max_b_frames = address.gop, 0
        context.bit_rate = address.bitrate_bps
        context.thread_count = 1
        context.options = _OPTIONS.get(address.codec, {})
        if address.codec is Codec.MPEG4:
            context.flags |= Flags.global_header
        context.open()
        self._context = context
        self._convert = self._converter()

    def encode(self, picture: av.VideoFrame, time_us: int, lost: int) -> list[Packet]:
        """`lost`: pictures that were let go before this one."""
        frame = picture.reformat(format=self._context.pix_fmt)
        frame.pts, frame.time_base = self._number, self._context.time_base
        frame.pict_type = PictureType.NONE  # the source's own is no order
        self._number += 1
        self._times_us = [*self._times_us, time_us][-_MAX_PENDING:]
        found = []
        for packet in self._context.encode(frame):
            unit = self._convert(bytes(packet))
            at_us = max(self._times_us.pop(0), self._last_us + 1)
            if unit is not None:
                data, kind = unit
                duration_us = int(1_000_000 / self.standard.fps)
                found.append(
                    Packet(
                        kind, data, at_us, at_us, duration_us, packet.is_keyframe, lost_before=lost
                    )
                )
            lost, self._last_us = 0, at_us
        return found

    def _converter(self) -> Convert:
        if self.address.codec is Codec.H264:
            return start_codes(Codec.H264, b"")
        extradata = bytes(self._context.extradata or b"")
        known = VideoFormat(self.address.codec, *self.standard.size, extradata)
        return lambda data: (data, known)
