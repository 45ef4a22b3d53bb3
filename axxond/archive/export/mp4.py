"""Footage as MP4: libav remuxes our Matroska; video is copied, sound copied or made AAC."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from axxond.archive.errors import ExportError
from axxond.archive.export.mkv import MkvSink
from axxond.media.packet import Packet

if TYPE_CHECKING:
    _Packet = AvPacket[Any]
_Samples = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_VIDEO = ("h264", "hevc", "mpeg4", "mjpeg", "av1")
_COPIED_AUDIO = ("aac", "opus")
_AAC_FRAME = 1024
_AAC_BPS = 64_000
# Sound may be off by this before silence is put in or samples are taken out.
_MAX_DRIFT_S = 0.03


class Mp4Sink:
    """Gathers into a Matroska file beside `path`, remuxed by `finish`."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._path = path
        self._gathered = path.with_name(path.name + ".mkv")
        self._mkv = MkvSink(self._gathered)

    def add(self, packets: list[Packet]) -> None:
        self._mkv.add(packets)

    def finish(self) -> None:
        """Raises ExportError when MP4 cannot hold the footage."""
        try:
            self._mkv.finish()
            remux(self._gathered, self._path)
        finally:
            self._gathered.unlink(missing_ok=True)

    def abort(self) -> None:
        self._mkv.abort()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def remux(source: Path, target: Path) -> None:
    """Matroska to MP4.  Raises ExportError."""
    try:
        with av.open(str(source)) as given, av.open(str(target), "w", format="mp4") as made:
            if given.streams.video and given.streams.video[0].codec_context.name not in _VIDEO:
                name = given.streams.video[0].codec_context.name
                raise ExportError(f"MP4 cannot hold {name} video: export as MKV")
            _remux(given, made)
    except av.FFmpegError as error:
        raise ExportError(f"cannot make an MP4 file: {error.strerror}") from error


def _remux(given: av.container.InputContainer, made: OutputContainer) -> None:
    tracks: dict[int, _Copy | _Encode] = {}
    for video in given.streams.video[:1]:
        tracks[video.index] = _Copy(made, video)
    for audio in given.streams.audio[:1]:
        copied = audio.codec_context.name in _COPIED_AUDIO
        tracks[audio.index] = _Copy(made, audio) if copied else _Encode(made, audio)
    for packet in given.demux(*(given.streams[index] for index in tracks)):
        if packet.size:
            for done in tracks[packet.stream.index].take(packet):
                made.mux(done)
    for track in tracks.values():
        for done in track.end():
            made.mux(done)


class _Copy:
    def __init__(self, made: OutputContainer, stream: VideoStream | AudioStream) -> None:
        self._stream = made.add_stream_from_template(stream)

    def take(self, packet: _Packet) -> Iterator[_Packet]:
        packet.stream = self._stream
        yield packet

    def end(self) -> Iterator[_Packet]:
        return iter(())


class _Encode:
    """Decodes, keeps to the packets' times (silence for what is missing), encodes AAC."""

    def __init__(self, made: OutputContainer, stream: AudioStream) -> None:
        self._rate = stream.codec_context.sample_rate
        channels = stream.codec_context.channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._out: AudioStream = made.add_stream("aac", rate=self._rate, layout=self._layout)
        self._out.codec_context.bit_rate = _AAC_BPS * channels
        self._to_float = AudioResampler("fltp", self._layout, self._rate)
        self._written = 0  # samples, counted from time 0 of the file
        self._rest = np.zeros((2 if self._layout == "stereo" else 1, 0), np.float32)

    def take(self, packet: _Packet) -> Iterator[_Packet]:
        start = packet.pts
        time_base = packet.time_base
        at = 0
        for frame in packet.decode():
            for part in self._to_float.resample(_untimed(cast(AudioFrame, frame))):
                samples = part.to_ndarray().astype(np.float32, copy=False)
                if start is not None and time_base is not None:
                    due = round(float(start * time_base) * self._rate) + at
                    samples = self._in_time(samples, due)
                at += part.samples
                yield from self._push(samples)

    def end(self) -> Iterator[_Packet]:
        if self._rest.shape[1]:
            yield from self._encode(self._rest)
        yield from self._out.encode(None)

    def _in_time(self, samples: _Samples, due: int) -> _Samples:
        have = self._written + self._rest.shape[1]
        drift = due - have
        if abs(drift) <= _MAX_DRIFT_S * self._rate:
            return samples
        if drift > 0:
            silence = np.zeros((samples.shape[0], drift), np.float32)
            return np.concatenate([silence, samples], axis=1)
        return samples[:, -drift:]

    def _push(self, samples: _Samples) -> Iterator[_Packet]:
        self._rest = np.concatenate([self._rest, samples], axis=1)
        while self._rest.shape[1] >= _AAC_FRAME:
            frame, self._rest = self._rest[:, :_AAC_FRAME], self._rest[:, _AAC_FRAME:]
            yield from self._encode(frame)

    def _encode(self, samples: _Samples) -> Iterator[_Packet]:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._written
        self._written += samples.shape[1]
        yield from self._out.encode(frame)


def _untimed(frame: AudioFrame) -> AudioFrame:
    """The resampler would fill holes by itself, and differently."""
    frame.pts = None
    return frame
