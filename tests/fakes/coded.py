"""Rendered scenes as a camera would send them: packets in our own layout, encoded by libav."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from axxond.media.packet import Packet
from protocol.types import Codec, VideoFormat

_ENCODERS = {
    Codec.H264: ("libx264", "matroska", "yuv420p"),
    Codec.MPEG4: ("mpeg4", "matroska", "yuv420p"),
    Codec.MJPEG: ("mjpeg", "matroska", "yuvj420p"),
    Codec.SNOW: ("snow", "nut", "yuv420p"),
}


def packets(
    pictures: Iterable[tuple[int, NDArray[np.uint8]]],
    codec: Codec = Codec.H264,
    gop: int = 20,
    pixels: str = "",
    b_frames: bool = False,
) -> list[Packet]:
    """Encode (time_us, luma) pairs; `gop`: pictures from key frame to key frame."""
    listed = list(pictures)
    height, width = listed[0][1].shape
    encoder, container, usual = _ENCODERS[codec]
    memory = io.BytesIO()
    with av.open(memory, "w", format=container) as out:
        stream = out.add_stream(encoder, rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels or usual
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = gop
        stream.codec_context.bit_rate = 2_000_000
        if codec is Codec.H264:
            stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
            if b_frames:
                stream.options = {"preset": "ultrafast", "bf": "2", "b-pyramid": "none"}
        if codec is Codec.SNOW:
            stream.options = {"strict": "experimental"}
        for time_us, luma in listed:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(luma), format="gray")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = (time_us - listed[0][0]) // 1000, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return _read(memory, codec, listed[0][0])


def _read(memory: io.BytesIO, codec: Codec, begin_us: int) -> list[Packet]:
    memory.seek(0)
    with av.open(memory) as source:
        stream = source.streams.video[0]
        context = stream.codec_context
        form = VideoFormat(codec, context.width, context.height, context.extradata or b"")
        found = []
        for packet in source.demux(stream):
            if packet.size:
                assert packet.pts is not None
                time_us = begin_us + round(packet.pts * packet.time_base * 1_000_000)
                found.append(
                    Packet(form, bytes(packet), time_us, time_us, 100_000, packet.is_keyframe)
                )
    return found


def damaged(packet: Packet) -> Packet:
    """The packet with its middle overwritten."""
    size = len(packet.data)
    garbage = bytes(range(256)) * (size // 256 + 1)
    keep = min(40, size // 4)
    return evolve(packet, data=packet.data[:keep] + garbage[: size - keep])
