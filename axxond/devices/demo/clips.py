"""Clips by libav: files to tracks, and files or pictures to H.264 and H.265 fit for a camera.

Blocking; for before the server starts, from any thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from attrs import frozen
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from axxond.devices.demo.track import RawUnit, Track, audio_track, video_track
from protocol.types import Codec

_CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_ENCODERS = {Codec.H264: "libx264", Codec.H265: "libx265"}
_AUDIO_CODECS = {"aac": Codec.AAC, "pcm_mulaw": Codec.PCMU, "pcm_alaw": Codec.PCMA}


class ClipError(Exception):
    """A file is not usable as a camera's footage."""


@frozen
class Encoding:
    """How a stream is encoded.  `rate_bps` None: constant quality `crf`."""

    width: int
    height: int
    fps: Fraction
    gop_s: Fraction = Fraction(2)
    codec: Codec = Codec.H264
    rate_bps: int | None = None
    crf: int = 25

    @property
    def gop_frames(self) -> int:
        return max(1, round(self.gop_s * self.fps))

    def options(self) -> dict[str, str]:
        """One thread: the encodings of a first start run side by side."""
        gop = str(self.gop_frames)
        options = {"preset": "veryfast", "tune": "zerolatency", "threads": "1"}
        if self.codec is Codec.H264:
            options |= {"g": gop, "keyint_min": gop, "sc_threshold": "0", "bf": "0"}
        else:
            params = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0"
            options["x265-params"] = f"{params}:pools=none:frame-threads=1:log-level=none"
        if self.rate_bps is None:
            options["crf"] = str(self.crf)
        else:
            options |= {"maxrate": str(self.rate_bps), "bufsize": str(self.rate_bps)}
        return options


def read_video(path: Path) -> Track:
    """The first video track of a file.  Raises ClipError."""
    try:
        with av.open(os.fspath(path)) as container:
            return _read_video(container.streams.video[0])
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise ClipError(f"{path} cannot be streamed: {error}") from error


def _read_video(stream: VideoStream) -> Track:
    name = stream.codec_context.name
    if name not in _CODECS:
        raise ValueError(f"codec {name} is neither H.264 nor H.265")
    base = stream.time_base
    assert base is not None
    units = []
    end = Fraction(0)
    for packet in stream.container.demux(stream):  # type: ignore[attr-defined]
        if packet.size == 0 or packet.pts is None or packet.dts is None:
            continue
        units.append(
            RawUnit(bytes(packet), packet.dts * base, packet.pts * base, packet.is_keyframe)
        )
        end = max(end, (packet.pts + packet.duration) * base)
    if not units:
        raise ValueError("no video")
    loop_s = end - min(unit.pts_s for unit in units)
    return video_track(_CODECS[name], stream.codec_context.extradata or b"", units, loop_s)


def read_audio(path: Path) -> Track | None:
    """The first audio track of a file; None without one or when no camera sends its codec."""
    try:
        with av.open(os.fspath(path)) as container:
            if not container.streams.audio:
                return None
            stream = container.streams.audio[0]
            context = stream.codec_context
            codec = _AUDIO_CODECS.get(context.name)
            if codec is None or context.layout.nb_channels != 1:
                return None
            data = [bytes(packet) for packet in container.demux(stream) if packet.size]
            rate, config = context.sample_rate, context.extradata or b""
    except av.FFmpegError as error:
        raise ClipError(f"{path} cannot be streamed: {error}") from error
    if codec is Codec.AAC:
        return audio_track(codec, rate, data, 1024, config)
    block = rate // 25
    sound = b"".join(data)
    blocks = [sound[at : at + block] for at in range(0, len(sound) - block + 1, block)]
    return audio_track(codec, rate, blocks, block)


def fits_streaming(path: Path, gop_s: Fraction) -> bool:
    """Whether a file is as cameras send: H.264 or H.265, no B-frames (they would cost a live view
    their delay), a key frame at least every `gop_s`."""
    try:
        track = read_video(path)
    except ClipError:
        return False
    if any(after.ticks < before.ticks for before, after in pairwise(track.units)):
        return False
    keys_us = [unit.due_us for unit in track.units if unit.keyframe]
    ends_us = [*keys_us[1:], int(track.loop_s * 1_000_000)]
    longest_us = max(end - key for key, end in zip(keys_us, ends_us, strict=True))
    return longest_us <= int(gop_s * 1_000_000)


def pictures(path: Path, every: int = 1) -> Iterator[VideoFrame]:
    """Each `every`th decoded picture of a file.  Raises ClipError."""
    try:
        with av.open(os.fspath(path)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number % every == 0:
                    yield frame
    except av.FFmpegError as error:
        raise ClipError(f"{path} cannot be read: {error}") from error


def frame_rate(path: Path) -> Fraction:
    with av.open(os.fspath(path)) as container:
        rate = container.streams.video[0].average_rate
    if rate is None:
        raise ClipError(f"{path} has no frame rate")
    return Fraction(rate)


class Encoder:
    """Writes pictures to an MP4 file; the file appears whole, or not at all."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._count = 0
        self._encoding = encoding
        self._container = av.open(os.fspath(self._part), "w", format="mp4")
        stream = self._container.add_stream(
            _ENCODERS[encoding.codec], rate=encoding.fps, options=encoding.options()
        )
        assert isinstance(stream, VideoStream)
        self._stream = stream
        self._stream.width = encoding.width
        self._stream.height = encoding.height
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = 1 / encoding.fps
        if encoding.rate_bps is not None:
            context.bit_rate = encoding.rate_bps

    def add(self, frame: VideoFrame) -> None:
        encoding = self._encoding
        shaped = frame.reformat(encoding.width, encoding.height, "yuv420p")
        shaped.pict_type = PictureType.NONE
        shaped.time_base = 1 / encoding.fps
        shaped.pts = self._count
        self._count += 1
        self._container.mux(self._stream.encode(shaped))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._part.replace(self._path)

    def abandon(self) -> None:
        self._container.close()
        self._part.unlink(missing_ok=True)


def encode(
    frames: Iterable[VideoFrame], targets: dict[Path, Encoding], on_frame: Callable[[], None]
) -> None:
    """Encode pictures to one or several files; a target of lower rate takes every n-th one, as
    the first target's rate is that of `frames`.  Raises ClipError."""
    encoders = {path: Encoder(path, encoding) for path, encoding in targets.items()}
    full = next(iter(targets.values())).fps
    every = [max(1, round(full / encoding.fps)) for encoding in targets.values()]
    try:
        for number, frame in enumerate(frames):
            for encoder, step in zip(encoders.values(), every, strict=True):
                if number % step == 0:
                    encoder.add(frame)
            on_frame()
        for encoder in encoders.values():
            encoder.close()
    except (av.FFmpegError, OSError) as error:
        raise ClipError(f"{next(iter(targets))} cannot be encoded: {error}") from error
    finally:
        for encoder in encoders.values():
            encoder.abandon()


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    with av.open(os.fspath(path)) as container:
        context = container.streams.video[0].codec_context
        return context.width, context.height
