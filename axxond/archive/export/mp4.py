"""Footage as MP4: video is copied, sound copied or made AAC, the period is exact.

What comes before the wanted beginning gets times below zero: libav's muxer then writes an edit
list (ISO/IEC 14496-12 section 8.6.6) by which players begin at the exact time.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from axxond.archive.errors import ExportError
from axxond.archive.export.mkv import sample_file
from axxond.archive.export.port import Film
from axxond.archive.matroska import g726
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec

if TYPE_CHECKING:
    _Packet = AvPacket[Any]
_Samples = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
VIDEO_CODECS = frozenset({Codec.H264, Codec.H265, Codec.MPEG4, Codec.MJPEG, Codec.AV1})
_COPIED_AUDIO = frozenset({Codec.AAC, Codec.OPUS})
_AAC_FRAME = 1024
_AAC_BPS = 64_000
# Sound may be off by this before silence is put in or samples are taken out.
_MAX_DRIFT_S = 0.03
_US = Fraction(1, 1_000_000)
_VIDEO_CLOCK = Fraction(1, 90_000)


class Mp4Sink:
    def __init__(self, film: Film) -> None:
        """Raises ExportError when MP4 cannot hold the video."""
        if film.video is not None and film.video.codec not in VIDEO_CODECS:
            raise ExportError(f"MP4 cannot hold {film.video.codec.value} video: export as MKV")
        self._film = film
        self._given: InputContainer | None = None
        self._made: OutputContainer | None = None
        self._video: _Copy | None = None
        self._audio: _Copy | _Encode | None = None

    def add(self, packets: list[Packet]) -> None:
        try:
            if self._made is None:
                self._open(packets)
            for packet in packets:
                track = self._video if packet.is_video else self._audio
                if track is not None:
                    self._mux(track.take(packet, packet.pts_us - self._film.begin_us))
        except (av.FFmpegError, ValueError) as error:
            raise ExportError(f"cannot make an MP4 file: {error}") from error

    def finish(self) -> list[Path]:
        if self._made is None or self._given is None:
            raise ExportError("there is nothing decodable to export in that period")
        try:
            for track in (self._video, self._audio):
                if track is not None:
                    self._mux(track.end())
            self._made.close()
            self._given.close()
        except av.FFmpegError as error:
            raise ExportError(f"cannot make an MP4 file: {error}") from error
        return [self._film.path]

    def abort(self) -> None:
        for container in (self._made, self._given):
            if container is not None:
                with contextlib.suppress(av.FFmpegError, ValueError):
                    container.close()

    def _open(self, packets: list[Packet]) -> None:
        """libav takes a track's parameters from a stream that it has opened itself."""
        film = self._film
        self._given = av.open(io.BytesIO(sample_file(film, packets)), "r", format="matroska")
        self._made = av.open(str(film.path), "w", format="mp4")
        if film.title:
            self._made.metadata["title"] = film.title
        streams = self._given.streams
        if film.video is not None and streams.video:
            self._video = _Copy(self._made, streams.video[0], _VIDEO_CLOCK)
        if film.audio is not None and streams.audio:
            sound = streams.audio[0]
            if film.audio.codec in _COPIED_AUDIO:
                clock = Fraction(1, film.audio.sample_rate)
                self._audio = _Copy(self._made, sound, clock)
            else:
                self._audio = _Encode(self._made, sound)

    def _mux(self, packets: Iterator[_Packet]) -> None:
        assert self._made is not None
        for packet in packets:
            self._made.mux(packet)


class _Copy:
    def __init__(
        self, made: OutputContainer, stream: VideoStream | AudioStream, clock: Fraction
    ) -> None:
        self._stream = made.add_stream_from_template(stream)
        self._stream.time_base = clock
        self._tick_us = -(-1_000_000 // clock.denominator)
        self._last_us: int | None = None  # the decoding time of the one before

    def take(self, packet: Packet, at_us: int) -> Iterator[_Packet]:
        made: _Packet = AvPacket(packet.data)
        made.pts = at_us
        dts_us = at_us - (packet.pts_us - packet.dts_us)
        if self._last_us is not None:
            # A GOP of a single picture shows no reordering; the next one may begin before it.
            dts_us = max(dts_us, self._last_us + self._tick_us)
        made.dts = self._last_us = dts_us
        made.duration = packet.duration_us
        made.time_base = _US
        made.is_keyframe = packet.keyframe
        made.stream = self._stream
        yield made

    def end(self) -> Iterator[_Packet]:
        return iter(())


class _Encode:
    """Decodes, keeps to the packets' times (silence for what is missing), encodes AAC."""

    def __init__(self, made: OutputContainer, stream: AudioStream) -> None:
        self._decoder = stream.codec_context
        self._rate = self._decoder.sample_rate
        channels = self._decoder.channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._out: AudioStream = made.add_stream("aac", rate=self._rate, layout=self._layout)
        self._out.codec_context.bit_rate = _AAC_BPS * channels
        self._to_float = AudioResampler("fltp", self._layout, self._rate)
        self._written = 0  # samples, counted from time 0 of the file
        self._end = 0  # samples: nothing after it
        self._rest = np.zeros((2 if self._layout == "stereo" else 1, 0), np.float32)

    def take(self, packet: Packet, at_us: int) -> Iterator[_Packet]:
        due = round(at_us * self._rate / 1_000_000)
        self._end = max(self._end, round((at_us + packet.duration_us) * self._rate / 1_000_000))
        given = AvPacket(_as_libav_has_it(packet))
        for frame in self._decoder.decode(given):
            for part in self._to_float.resample(_untimed(frame)):
                samples = part.to_ndarray().astype(np.float32, copy=False)
                yield from self._push(self._in_time(samples, due))
                due += part.samples

    def end(self) -> Iterator[_Packet]:
        left = self._end - self._written
        if self._rest.shape[1] and left > 0:
            yield from self._encode(self._rest[:, :left])
        yield from self._out.encode(None)

    def _in_time(self, samples: _Samples, due: int) -> _Samples:
        have = self._written + self._rest.shape[1]
        drift = due - have
        if have and abs(drift) <= _MAX_DRIFT_S * self._rate:
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


def _as_libav_has_it(packet: Packet) -> bytes:
    """In Matroska, and so in the decoder made for it, G.726 has the other order of bits."""
    one = packet.format
    if isinstance(one, AudioFormat) and one.codec is Codec.G726:
        return g726.swap_order(packet.data, one.bits_per_sample)
    return packet.data


def _untimed(frame: AudioFrame) -> AudioFrame:
    """The resampler would fill holes by itself, and differently."""
    frame.pts = None
    return frame
