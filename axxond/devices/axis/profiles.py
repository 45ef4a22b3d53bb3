"""Streams of an Axis device: its stream profiles, and each camera as it is set (VAPIX 3, Stream
Profiles, Image and MPEG parameters).  Without I/O.

Tokens: "S0" a stream profile, "I0" a camera's own setting, by the groups of the parameter list.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode

from attrs import evolve

from axxond.devices.axis.address import Address
from axxond.devices.axis.params import Params
from axxond.devices.control import StreamInfo, StreamOptions, StreamSetup
from protocol.types import Codec

GROUPS = ("Properties.Image", "Image", "StreamProfile", "Audio", "Properties.Audio")
_MAX_CAMERAS = 64
_CODECS = {
    "h264": Codec.H264,
    "h265": Codec.H265,
    "mjpeg": Codec.MJPEG,
    "jpeg": Codec.MJPEG,
    "mpeg4": Codec.MPEG4,
    "av1": Codec.AV1,
}
_NAMES = {Codec.H264: "h264", Codec.H265: "h265", Codec.MJPEG: "jpeg", Codec.MPEG4: "mpeg4",
          Codec.AV1: "av1"}  # fmt: skip
_COMPRESSION = (0.0, 100.0)
_KBIT_BPS = 1000
_GOP = (1, 1023)
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")


def streams(told: Params, address: Address) -> tuple[StreamInfo, ...]:
    """Of all cameras, or of the one that the address names: first the camera as it is set."""
    options, audio = _options(told), _has_sound(told)
    cameras = [
        (number + 1, group)
        for number, group in told.numbered("Image", "I")
        if told.values.get(f"{group}.Enabled", "yes").lower() != "no"
    ] or [(1, "Image.I0")]
    if "camera" in address.arguments:
        cameras = [one for one in cameras if str(one[0]) == address.camera]
    found = []
    for camera, group in cameras[:_MAX_CAMERAS]:
        channel = str(camera)
        name = told.text(f"{group}.Name") or f"Camera {camera}"
        own = _of_camera(told, group, options)
        url = address.stream(camera=channel)
        found.append(StreamInfo(f"I{camera - 1}", name, channel, url, own, options, audio))
        for number, profile in told.numbered("StreamProfile", "S"):
            title = told.text(f"{profile}.Name")
            setup = _merged(own, _arguments(told, number))
            url = address.stream(camera=channel, streamprofile=title)
            found.append(
                StreamInfo(f"S{number}:{channel}", title, channel, url, setup, options, audio)
            )
    return tuple(found)


def change(token: str, setup: StreamSetup, told: Params) -> dict[str, str] | None:
    """The parameters that make a stream so; None: there is no such stream."""
    if match := re.fullmatch(r"I(\d{1,2})", token):
        return _camera_change(f"Image.I{match[1]}", setup)
    match = re.fullmatch(r"S(\d{1,3}):\d{1,2}", token)
    if match is None or f"StreamProfile.S{match[1]}.Name" not in told.values:
        return None
    arguments = _arguments(told, int(match[1])) | _profile_arguments(setup)
    text = urlencode(arguments, quote_via=quote, safe=",")
    return {f"StreamProfile.S{match[1]}.Parameters": text}


def _camera_change(group: str, setup: StreamSetup) -> dict[str, str]:
    wanted = {
        "Appearance.Resolution": setup.width and f"{setup.width}x{setup.height}",
        "Appearance.Compression": None if setup.quality is None else _compression(setup.quality),
        "Stream.FPS": None if setup.fps is None else f"{setup.fps:g}",
        "RateControl.TargetBitrate": setup.bitrate_bps and str(setup.bitrate_bps // _KBIT_BPS),
        "RateControl.Mode": setup.bitrate_bps and "mbr",
        "MPEG.PCount": None if setup.gop is None else str(setup.gop - 1),
    }
    return {f"{group}.{name}": value for name, value in wanted.items() if value}


def _profile_arguments(setup: StreamSetup) -> dict[str, str]:
    wanted = {
        "videocodec": setup.codec and _NAMES.get(setup.codec),
        "resolution": setup.width and f"{setup.width}x{setup.height}",
        "fps": None if setup.fps is None else f"{setup.fps:g}",
        "videobitrate": setup.bitrate_bps and str(setup.bitrate_bps // _KBIT_BPS),
        "videokeyframeinterval": None if setup.gop is None else str(setup.gop),
        "compression": None if setup.quality is None else _compression(setup.quality),
    }
    return {name: value for name, value in wanted.items() if value}


def _arguments(told: Params, number: int) -> dict[str, str]:
    text = told.values.get(f"StreamProfile.S{number}.Parameters", "")
    return dict(parse_qsl(text, keep_blank_values=True))


def _merged(own: StreamSetup, arguments: dict[str, str]) -> StreamSetup:
    size = _SIZE.fullmatch(arguments.get("resolution", ""))
    merged = evolve(
        own,
        codec=_CODECS.get(arguments.get("videocodec", ""), own.codec),
        fps=_positive(arguments.get("fps")) or own.fps,
        gop=round(_positive(arguments.get("videokeyframeinterval")) or own.gop or 0) or None,
        bitrate_bps=_bitrate(arguments.get("videobitrate")) or own.bitrate_bps,
        quality=_quality(arguments.get("compression"), own.quality),
    )
    return evolve(merged, width=int(size[1]), height=int(size[2])) if size else merged


def _of_camera(told: Params, group: str, options: StreamOptions) -> StreamSetup:
    size = _SIZE.fullmatch(told.text(f"{group}.Appearance.Resolution"))
    last = told.integer(f"{group}.MPEG.PCount")
    return StreamSetup(
        Codec.H264 if Codec.H264 in options.codecs else next(iter(options.codecs), None),
        int(size[1]) if size else None,
        int(size[2]) if size else None,
        _positive(told.text(f"{group}.Stream.FPS")),
        _bitrate(told.text(f"{group}.RateControl.TargetBitrate")),
        None if last is None else last + 1,
        _quality(told.text(f"{group}.Appearance.Compression"), None),
    )


def _options(told: Params) -> StreamOptions:
    formats = [_CODECS.get(word.lower()) for word in told.words("Properties.Image.Format")]
    sizes = [_SIZE.fullmatch(word) for word in told.words("Properties.Image.Resolution")]
    return StreamOptions(
        codecs=tuple(dict.fromkeys(codec for codec in formats if codec is not None)),
        sizes=tuple((int(size[1]), int(size[2])) for size in sizes if size),
        gop=_GOP,
        quality=_COMPRESSION,
    )


def _has_sound(told: Params) -> bool:
    mode = told.text("Audio.DuplexMode").lower()
    return told.flag("Properties.Audio.Audio") and mode != "post"


def has_speaker(told: Params) -> bool:
    mode = told.text("Audio.DuplexMode").lower()
    return told.flag("Properties.Audio.Audio") and mode in ("full", "half", "post")


def _compression(quality: float) -> str:
    """Quality rises where compression falls."""
    return str(round(_COMPRESSION[1] - min(max(quality, _COMPRESSION[0]), _COMPRESSION[1])))


def _quality(text: str | None, default: float | None) -> float | None:
    value = _number(text)
    return default if value is None else _COMPRESSION[1] - min(value, _COMPRESSION[1])


def _bitrate(text: str | None) -> int | None:
    value = _positive(text)
    return None if value is None else round(value * _KBIT_BPS)


def _positive(text: str | None) -> float | None:
    """None for 0 too, which stands for "without a limit"."""
    return _number(text) or None


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,7}(\.\d{1,4})?", text) else None
