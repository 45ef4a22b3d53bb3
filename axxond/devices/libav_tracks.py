"""One track of a libav container: its packets in our layout, with our times.  On its thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import av.audio
import av.container
import av.stream
import av.video
from attrs import evolve
from av.packet import Packet as PacketOf  # generic for the checker only

from axxond.base.units import SECOND_US
from axxond.devices.bitstream import annexb, mxpeg
from axxond.devices.bitstream.aac import adts_config, parse_config
from axxond.devices.bitstream.sets import ParameterSets
from axxond.media.packet import Packet
from axxond.media.timeline import StreamClock
from protocol.types import AudioFormat, Codec, Format, VideoFormat

_RATE = 90_000
_WRAP = 1 << 32

_VIDEO = {
    "h264": Codec.H264,
    "hevc": Codec.H265,
    "mjpeg": Codec.MJPEG,
    "mpeg4": Codec.MPEG4,
    "mxpeg": Codec.MXPEG,
    "snow": Codec.SNOW,
    "av1": Codec.AV1,
}
_AUDIO = {
    "pcm_mulaw": (Codec.PCMU, 8),
    "pcm_alaw": (Codec.PCMA, 8),
    "pcm_s16be": (Codec.L16, 16),
    "pcm_s16le": (Codec.L16, 16),
    "adpcm_g726le": (Codec.G726, 4),
    "aac": (Codec.AAC, 0),
    "opus": (Codec.OPUS, 0),
}
# Demuxers that invent time stamps from a nominal frame rate: arrival tells more.
_TIMELESS = frozenset(("mpjpeg", "mjpeg", "h264", "hevc", "m4v", "mxg"))

# Data in our layout, and the format it has.
_Unit = tuple[bytes, Format]
Convert = Callable[[bytes], _Unit | None]


class UnsupportedError(Exception):
    """Names what cannot be taken."""


class AvTrack:
    """Raises UnsupportedError for a codec that has no place in our catalogue."""

    def __init__(self, stream: av.stream.Stream, timeless: bool) -> None:
        self.stream = stream
        self._clock = StreamClock(_RATE)
        self._timeless = timeless
        self._video = stream.type == "video"
        self._convert = _video(stream) if self._video else _audio(stream)
        self._last_us = -1 << 62
        self._interval_us = 0

    def live(self, packet: PacketOf[av.stream.Stream], arrival_us: int) -> Iterator[Packet]:
        """A packet of a live stream: its decoding time by our stream clock."""
        base = packet.time_base
        dts = packet.dts if packet.dts is not None else packet.pts
        if dts is None or self._timeless:
            raw, ahead_us = arrival_us * _RATE // SECOND_US, 0
        else:
            raw = int(dts * base * _RATE)
            ahead_us = int(((packet.pts or dts) - dts) * base * SECOND_US)
        if packet.size == 0 or (found := self._convert(bytes(packet))) is None:
            return
        stamp = self._clock.stamp(raw % _WRAP, arrival_us)
        duration_us = self._duration_us(packet) or self._clock.interval_us
        made = self._packet(
            packet, found, stamp.pts_us, ahead_us, duration_us, stamp.discontinuity
        )
        if not self._timeless:
            made = evolve(made, stream_us=self._clock.newest_us + max(0, ahead_us))
        yield made

    def placed(self, packet: PacketOf[av.stream.Stream], origin_us: int) -> Iterator[Packet]:
        """A packet of a recording whose time 0 is `origin_us` UTC."""
        if packet.size == 0 or packet.dts is None or packet.time_base is None:
            return
        if (found := self._convert(bytes(packet))) is None:
            return
        dts_us = max(origin_us + int(packet.dts * packet.time_base * SECOND_US), self._last_us + 1)
        ahead = (packet.pts if packet.pts is not None else packet.dts) - packet.dts
        self._interval_us = min(max(0, dts_us - self._last_us), SECOND_US)
        self._last_us = dts_us
        duration_us = self._duration_us(packet) or self._interval_us
        ahead_us = int(ahead * packet.time_base * SECOND_US)
        yield self._packet(packet, found, dts_us, ahead_us, duration_us, False)

    def _duration_us(self, packet: PacketOf[av.stream.Stream]) -> int:
        if not packet.duration or self._timeless:
            return 0
        return int(packet.duration * packet.time_base * SECOND_US)

    def _packet(
        self,
        packet: PacketOf[av.stream.Stream],
        unit: _Unit,
        dts_us: int,
        ahead_us: int,
        duration_us: int,
        discontinuity: bool,
    ) -> Packet:
        data, kind = unit
        keyframe = packet.is_keyframe or not self._video
        if kind.codec is Codec.MXPEG:  # libav's demuxers do not tell
            keyframe = mxpeg.look(data).is_key
        pts_us = dts_us + max(0, ahead_us)
        return Packet(kind, data, pts_us, dts_us, duration_us, keyframe, discontinuity)


def best_tracks(container: av.container.InputContainer, audio: bool) -> dict[int, AvTrack]:
    """The first picture and sound that we can take, by stream index; {}: there is no picture.

    Raises UnsupportedError when no picture's codec is known.
    """
    timeless = bool(_TIMELESS & set(container.format.name.split(",")))
    # A song's cover is no film.
    cover = av.stream.Disposition.attached_pic
    pictures = [one for one in container.streams.video if not one.disposition & cover]
    if not pictures:
        return {}
    found = {}
    unknown: UnsupportedError | None = None
    for stream in pictures:
        try:
            found[stream.index] = AvTrack(stream, timeless)
            break
        except UnsupportedError as error:
            unknown = unknown or error
    if not found:
        raise unknown or UnsupportedError("no picture")
    for sound in container.streams.audio if audio else ():
        try:
            found[sound.index] = AvTrack(sound, timeless)
            break
        except UnsupportedError:
            continue
    return found


def _name(stream: av.stream.Stream) -> str:
    context = getattr(stream, "codec_context", None)  # None where libav knows no such codec
    return str(context.codec.canonical_name) if context is not None else "an unknown codec"


def _video(stream: av.stream.Stream) -> Convert:
    codec = _VIDEO.get(_name(stream))
    if codec is None or not isinstance(stream, av.video.VideoStream):
        raise UnsupportedError(f"video as {_name(stream)}")
    context = stream.codec_context
    extradata = bytes(context.extradata or b"")
    if codec in (Codec.H264, Codec.H265):
        if extradata[:1] == b"\x01":
            return _lengths(codec, context.width, context.height, extradata)
        return start_codes(codec, extradata)
    known = VideoFormat(codec, context.width, context.height, extradata)
    return lambda data: (data, known)


def _lengths(codec: Codec, width: int, height: int, record: bytes) -> Convert:
    """NAL units behind lengths already, as in MP4 and Matroska."""
    at = 4 if codec is Codec.H264 else 21
    size = (record[at] & 3) + 1 if len(record) > at else 4
    if size == 4:
        known = VideoFormat(codec, width, height, record)
        return lambda data: (data, known)
    longer = VideoFormat(
        codec, width, height, record[:at] + bytes((record[at] | 3,)) + record[at + 1 :]
    )
    return lambda data: (annexb.relength(data, size), longer)


def start_codes(codec: Codec, extradata: bytes) -> Convert:
    """Annex B, as in MPEG-TS: parameter sets are taken from the stream."""
    sets = ParameterSets(codec)

    def look(units: list[bytes]) -> None:
        for unit in units:
            if len(unit) > 2:
                sets.look(unit)
        sets.refresh()

    def convert(data: bytes) -> _Unit | None:
        units = annexb.split(data)
        look(units)
        return (annexb.join(units), sets.format) if sets.format is not None else None

    look(annexb.split(extradata))
    return convert


def _audio(stream: av.stream.Stream) -> Convert:
    name = _name(stream)
    if name not in _AUDIO or not isinstance(stream, av.audio.AudioStream):
        raise UnsupportedError(f"sound as {name}")
    codec, bits = _AUDIO[name]
    context = stream.codec_context
    if codec is Codec.G726:
        bits = round((context.bit_rate or 32_000) / (context.sample_rate or 8_000))
    extradata = bytes(context.extradata or b"")
    if codec is Codec.AAC and not extradata:
        return _adts()
    known = AudioFormat(codec, context.sample_rate, context.channels, bits, extradata)
    if name == "pcm_s16le":
        return lambda data: (_swapped(data), known)
    return lambda data: (data, known)


def _swapped(data: bytes) -> bytes:
    out = bytearray(len(data) & ~1)
    out[::2], out[1::2] = data[1::2], data[: len(out) : 2]
    return bytes(out)


def _adts() -> Convert:
    """AAC behind ADTS headers, as in MPEG-TS."""
    known = AudioFormat(Codec.AAC, 0, 0)

    def convert(data: bytes) -> _Unit | None:
        nonlocal known
        config, header_bytes = adts_config(data)
        if config != known.extradata:
            info = parse_config(config)
            known = AudioFormat(Codec.AAC, info.sample_rate, info.channels, extradata=config)
        return data[header_bytes:], known

    return convert
