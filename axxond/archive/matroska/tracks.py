"""Media formats as Matroska track entries (RFC 9559 section 5.1.4; codec mappings:
draft-ietf-cellar-codec), and back."""

from __future__ import annotations

import struct

from attrs import frozen

from axxond.archive.errors import EbmlError
from axxond.archive.matroska import ebml, ids
from protocol.types import AudioFormat, Codec, Format, VideoFormat

VIDEO_TRACK = 1
AUDIO_TRACK = 2
_MAX_FRAME_US = 4_000_000  # what fits in 4 bytes as nanoseconds

_VIDEO_IDS = {
    Codec.H264: "V_MPEG4/ISO/AVC",
    Codec.H265: "V_MPEGH/ISO/HEVC",
    Codec.MJPEG: "V_MJPEG",
    Codec.MPEG4: "V_MPEG4/ISO/ASP",
    Codec.AV1: "V_AV1",
}
_VFW_ID = "V_MS/VFW/FOURCC"
_FOURCC = {Codec.SNOW: b"SNOW", Codec.MXPEG: b"MXPG"}
_AUDIO_IDS = {Codec.AAC: "A_AAC", Codec.L16: "A_PCM/INT/BIG", Codec.OPUS: "A_OPUS"}
_ACM_ID = "A_MS/ACM"
# WAVEFORMATEX tags, RFC 2361.
_ACM_TAGS = {Codec.PCMA: 0x0006, Codec.PCMU: 0x0007, Codec.G726: 0x0045}

_BITMAPINFOHEADER = struct.Struct("<IiiHH4sIiiII")
_WAVEFORMATEX = struct.Struct("<HHIIHHH")
# Opus decoders need 80 ms before a seek point (draft-ietf-cellar-codec).
_OPUS_SEEK_PRE_ROLL_NS = 80_000_000


def encode_tracks(formats: list[Format], frame_us: int = 0) -> bytes:
    """A Tracks element with video as track 1 and audio as track 2.

    `frame_us`: the steady time of a video frame, for players that count in frames; 0: none.
    """
    return ebml.master(ids.TRACKS, *(_encode_track(one, frame_us) for one in formats))


def decode_tracks(data: bytes, tracks: ebml.Element) -> dict[int, Format]:
    """Formats by track number.  Tracks of codecs that are not ours are left out."""
    found: dict[int, Format] = {}
    for entry in ebml.children(data, tracks.begin, tracks.end):
        if entry.id == ids.TRACK_ENTRY:
            track = _Track.of(data, entry)
            if (known := track.format()) is not None:
                found[track.number] = known
    return found


def decode_frame_us(data: bytes, tracks: ebml.Element) -> int:
    """The `frame_us` of `encode_tracks`."""
    for entry in ebml.children(data, tracks.begin, tracks.end):
        for child in ebml.children(data, entry.begin, entry.end):
            if child.id == ids.DEFAULT_DURATION:
                return ebml.as_uint(data, child) // 1000
    return 0


def _encode_track(one: Format, frame_us: int) -> bytes:
    if isinstance(one, VideoFormat):
        number, kind, details = VIDEO_TRACK, 1, _video_details(one)
        details.insert(0, _frame_time(frame_us))
    else:
        number, kind, details = AUDIO_TRACK, 2, _audio_details(one)
    return ebml.master(
        ids.TRACK_ENTRY,
        ebml.uint(ids.TRACK_NUMBER, number),
        ebml.uint(ids.TRACK_UID, number),
        ebml.uint(ids.TRACK_TYPE, kind),
        ebml.uint(ids.FLAG_LACING, 0),
        *details,
    )


def _frame_time(frame_us: int) -> bytes:
    """Void of the same length keeps the place that the closing writer may fill."""
    if not 0 < frame_us <= _MAX_FRAME_US:
        return ebml.element(ids.VOID, bytes(6))
    return ebml.element(ids.DEFAULT_DURATION, (frame_us * 1000).to_bytes(4, "big"))


def _video_details(one: VideoFormat) -> list[bytes]:
    if fourcc := _FOURCC.get(one.codec):
        codec, private = _VFW_ID, _bitmap_info(one, fourcc)
    else:
        codec, private = _VIDEO_IDS[one.codec], one.extradata
    return [
        ebml.text(ids.CODEC_ID, codec),
        *([ebml.element(ids.CODEC_PRIVATE, private)] if private else []),
        ebml.master(
            ids.VIDEO,
            ebml.uint(ids.PIXEL_WIDTH, one.width),
            ebml.uint(ids.PIXEL_HEIGHT, one.height),
        ),
    ]


def _bitmap_info(one: VideoFormat, fourcc: bytes) -> bytes:
    size = _BITMAPINFOHEADER.size + len(one.extradata)
    image_bytes = min(one.width * one.height * 3, 0xFFFFFFFF)
    head = (size, one.width, one.height, 1, 24, fourcc, image_bytes, 0, 0, 0, 0)
    return _BITMAPINFOHEADER.pack(*head) + one.extradata


def _audio_details(one: AudioFormat) -> list[bytes]:
    tag = _ACM_TAGS.get(one.codec)
    codec = _ACM_ID if tag else _AUDIO_IDS[one.codec]
    private = _wave_format(one, tag) if tag else one.extradata
    depth = 16 if one.codec is Codec.L16 else one.bits_per_sample
    return [
        ebml.text(ids.CODEC_ID, codec),
        *([ebml.element(ids.CODEC_PRIVATE, private)] if private else []),
        *(_opus_delays(one) if one.codec is Codec.OPUS else []),
        ebml.master(
            ids.AUDIO,
            ebml.float64(ids.SAMPLING_FREQUENCY, float(one.sample_rate)),
            ebml.uint(ids.CHANNELS, one.channels),
            *([ebml.uint(ids.BIT_DEPTH, depth)] if depth else []),
        ),
    ]


def _wave_format(one: AudioFormat, tag: int) -> bytes:
    bits = one.bits_per_sample if one.codec is Codec.G726 else 8
    per_second = one.sample_rate * one.channels * bits // 8
    align = max(1, one.channels * bits // 8)
    head = (tag, one.channels, one.sample_rate, per_second, align, bits, len(one.extradata))
    return _WAVEFORMATEX.pack(*head) + one.extradata


def _opus_delays(one: AudioFormat) -> list[bytes]:
    """CodecDelay from OpusHead's pre-skip (RFC 7845 section 5.1), in 48 kHz samples."""
    skip = int.from_bytes(one.extradata[10:12], "little") if len(one.extradata) >= 12 else 0
    return [
        ebml.uint(ids.CODEC_DELAY, skip * 1_000_000_000 // 48_000),
        ebml.uint(ids.SEEK_PRE_ROLL, _OPUS_SEEK_PRE_ROLL_NS),
    ]


@frozen
class _Track:
    """The fields of a track entry that matter here."""

    number: int
    codec_id: str
    private: bytes
    width: int = 0
    height: int = 0
    rate: int = 0
    channels: int = 1
    depth: int = 0

    @classmethod
    def of(cls, data: bytes, entry: ebml.Element) -> _Track:
        number, codec_id, private = 0, "", b""
        numbers: dict[str, int] = {}
        for child in ebml.children(data, entry.begin, entry.end):
            if child.id == ids.TRACK_NUMBER:
                number = ebml.as_uint(data, child)
            elif child.id == ids.CODEC_ID:
                codec_id = ebml.as_text(data, child)
            elif child.id == ids.CODEC_PRIVATE:
                private = bytes(data[child.begin : child.end])
            elif child.id in (ids.VIDEO, ids.AUDIO):
                numbers |= _numbers(data, child)
        return cls(number, codec_id, private, **numbers)

    def format(self) -> Format | None:
        return self._video() or self._audio()

    def _video(self) -> VideoFormat | None:
        for codec, name in _VIDEO_IDS.items():
            if name == self.codec_id:
                return VideoFormat(codec, self.width, self.height, self.private)
        if self.codec_id == _VFW_ID:
            for codec, fourcc in _FOURCC.items():
                if self.private[16:20] == fourcc:
                    extra = self.private[_BITMAPINFOHEADER.size :]
                    return VideoFormat(codec, self.width, self.height, extra)
        return None

    def _audio(self) -> AudioFormat | None:
        if self.codec_id == _ACM_ID:
            return self._acm()
        for codec, name in _AUDIO_IDS.items():
            if name == self.codec_id:
                return AudioFormat(codec, self.rate, self.channels, self.depth, self.private)
        return None

    def _acm(self) -> AudioFormat | None:
        if len(self.private) < _WAVEFORMATEX.size:
            raise EbmlError(f"the audio track's WAVEFORMATEX has {len(self.private)} bytes")
        tag = _WAVEFORMATEX.unpack_from(self.private)[0]
        extra = self.private[_WAVEFORMATEX.size :]
        for codec, known in _ACM_TAGS.items():
            if known == tag:
                return AudioFormat(codec, self.rate, self.channels, self.depth, extra)
        return None


_NUMBERS = {
    ids.PIXEL_WIDTH: "width",
    ids.PIXEL_HEIGHT: "height",
    ids.CHANNELS: "channels",
    ids.BIT_DEPTH: "depth",
}


def _numbers(data: bytes, parent: ebml.Element) -> dict[str, int]:
    found: dict[str, int] = {}
    for child in ebml.children(data, parent.begin, parent.end):
        if name := _NUMBERS.get(child.id):
            found[name] = ebml.as_uint(data, child)
        elif child.id == ids.SAMPLING_FREQUENCY:
            rate = ebml.as_float(data, child)
            if not 0 <= rate <= 10_000_000:
                raise EbmlError(f"an audio track of {rate} samples a second")
            found["rate"] = round(rate)
    return found
