"""A track: the access units of a clip as RTP payloads, with times, to be sent round and round."""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction

from attrs import field, frozen

from axxond.devices.demo import nal, rtp
from protocol.types import Codec, MediaKind

VIDEO_CLOCK_HZ = 90_000  # RFC 6184, 8.2.1; RFC 7798, 7.1
_PAYLOAD_TYPE = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.AAC: 97}  # RFC 3551, table 4; dynamic
_VIDEO_PAYLOAD_TYPE = 96
_AAC_HBR = (  # RFC 3640, 4.1 and 3.3.6
    "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
)


@frozen
class Unit:
    """One access unit: `due_us` (decoding) and `ticks` (presentation) count from the clip's
    start."""

    due_us: int
    ticks: int
    payloads: tuple[bytes, ...]
    keyframe: bool
    size_bytes: int


@frozen
class RawUnit:
    """One access unit of a file, times in seconds from its start."""

    data: bytes
    dts_s: Fraction
    pts_s: Fraction
    keyframe: bool


@frozen
class Track:
    """Units in sending order.  `loop_s` after a unit's first sending comes its next, for ever."""

    codec: Codec
    kind: MediaKind
    payload_type: int
    clock_hz: int
    loop_s: Fraction
    units: tuple[Unit, ...]
    description: tuple[str, ...]  # attributes of its media section (RFC 4566, 5.14)
    _dues_us: tuple[int, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_dues_us", tuple(unit.due_us for unit in self.units))

    def place_at(self, elapsed_us: int) -> int:
        """The number of the first unit due at or after `elapsed_us`, counted over all loops, from
        which a receiver can decode."""
        loop_us = self.loop_s * 1_000_000
        loops = int(elapsed_us // loop_us)
        place = bisect_left(self._dues_us, elapsed_us - int(loops * loop_us))
        place += loops * len(self.units)
        while not self.units[place % len(self.units)].keyframe:
            place += 1
        return place

    def due_us(self, place: int) -> int:
        """When the unit of that number is to be sent, from the start of the first loop."""
        loops, number = divmod(place, len(self.units))
        return int(loops * self.loop_s * 1_000_000) + self.units[number].due_us

    def ticks(self, place: int) -> int:
        """The time stamp of the unit of that number, continuous over the loops."""
        loops, number = divmod(place, len(self.units))
        return int(loops * self.loop_s * self.clock_hz) + self.units[number].ticks


def video_track(
    codec: Codec, extradata: bytes, raw_units: list[RawUnit], loop_s: Fraction
) -> Track:
    """From access units as libav's demultiplexers give them.  Raises ValueError when there is no
    key frame or the codec is neither H.264 nor H.265."""
    config, payloads_of, kind_of, set_kinds = _video_codec(codec, extradata)
    while raw_units and not raw_units[0].keyframe:
        raw_units = raw_units[1:]
    if not raw_units:
        raise ValueError("clip has no key frame")
    first_dts = raw_units[0].dts_s
    first_pts = min(unit.pts_s for unit in raw_units)
    sets = config.parameter_sets
    units = []
    for raw in raw_units:
        nals = nal.split(raw.data, config)
        if raw.keyframe:
            # Cameras repeat the parameter sets before each key frame; files often don't.
            in_band = tuple(unit for unit in nals if kind_of(unit) in set_kinds)
            sets = in_band or sets
            nals = nals if in_band else [*sets, *nals]
        units.append(
            Unit(
                int((raw.dts_s - first_dts) * 1_000_000),
                round((raw.pts_s - first_pts) * VIDEO_CLOCK_HZ),
                tuple(payloads_of(nals)),
                raw.keyframe,
                sum(map(len, nals)),
            )
        )
    sets = config.parameter_sets or sets
    return Track(
        codec,
        MediaKind.VIDEO,
        _VIDEO_PAYLOAD_TYPE,
        VIDEO_CLOCK_HZ,
        loop_s,
        tuple(units),
        _h264_description(sets) if codec is Codec.H264 else _h265_description(sets),
    )


def _video_codec(
    codec: Codec, extradata: bytes
) -> tuple[
    nal.DecoderConfig,
    Callable[[list[bytes]], list[bytes]],
    Callable[[bytes], int],
    tuple[int, ...],
]:
    if codec is Codec.H264:
        kinds: tuple[int, ...] = (nal.H264_SPS, nal.H264_PPS)
        return nal.h264_config(extradata), rtp.h264_payloads, nal.h264_type, kinds
    if codec is Codec.H265:
        kinds = (nal.H265_VPS, nal.H265_SPS, nal.H265_PPS)
        return nal.h265_config(extradata), rtp.h265_payloads, nal.h265_type, kinds
    raise ValueError(f"no RTP packetisation for {codec.value}")


def _h264_description(sets: tuple[bytes, ...]) -> tuple[str, ...]:
    sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
    level = next(unit[1:4].hex().upper() for unit in sets if nal.h264_type(unit) == nal.H264_SPS)
    parameters = f"packetization-mode=1;profile-level-id={level}"
    return (
        f"rtpmap:{_VIDEO_PAYLOAD_TYPE} H264/{VIDEO_CLOCK_HZ}",
        f"fmtp:{_VIDEO_PAYLOAD_TYPE} {parameters};sprop-parameter-sets={sprop}",
    )


def _h265_description(sets: tuple[bytes, ...]) -> tuple[str, ...]:
    named = [
        f"sprop-{name}={base64.b64encode(unit).decode()}"
        for name, kind in (("vps", nal.H265_VPS), ("sps", nal.H265_SPS), ("pps", nal.H265_PPS))
        for unit in sets
        if nal.h265_type(unit) == kind
    ]
    return (
        f"rtpmap:{_VIDEO_PAYLOAD_TYPE} H265/{VIDEO_CLOCK_HZ}",
        f"fmtp:{_VIDEO_PAYLOAD_TYPE} {';'.join(named)}",
    )


def audio_track(
    codec: Codec, sample_rate: int, blocks: list[bytes], samples: int, config: bytes = b""
) -> Track:
    """Mono sound in blocks of `samples` each; `config` is AAC's AudioSpecificConfig."""
    payload_type = _PAYLOAD_TYPE[codec]
    pack = rtp.aac_payload if codec is Codec.AAC else bytes
    units = tuple(
        Unit(
            number * samples * 1_000_000 // sample_rate,
            number * samples,
            (pack(block),),
            True,
            len(block),
        )
        for number, block in enumerate(blocks)
    )
    loop_s = Fraction(len(blocks) * samples, sample_rate)
    return Track(
        codec,
        MediaKind.AUDIO,
        payload_type,
        sample_rate,
        loop_s,
        units,
        _audio_description(codec, payload_type, sample_rate, config),
    )


def _audio_description(
    codec: Codec, payload_type: int, sample_rate: int, config: bytes
) -> tuple[str, ...]:
    if codec is not Codec.AAC:
        return (f"rtpmap:{payload_type} {codec.value.upper()}/{sample_rate}",)
    return (
        f"rtpmap:{payload_type} MPEG4-GENERIC/{sample_rate}/1",
        f"fmtp:{payload_type} {_AAC_HBR};config={config.hex().upper()}",
    )
