"""What an encoder may be set to, and setting it.

A configuration is changed as the device gave it and sent back whole, so that what it holds beside
the values that we know stays as it is (ONVIF Media §5.5.3, Media2 §5.2.4).
"""

from __future__ import annotations

from lxml import etree

from axxond.devices.control import StreamOptions, StreamSetup
from axxond.devices.elements import Node, to_number
from axxond.devices.onvif import messages, profiles
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.profiles import Profile
from axxond.devices.port import DeviceError
from protocol.types import Codec, FailureKind

_MAX_SIZES = 200
_ENCODINGS1 = {Codec.H264: "H264", Codec.MJPEG: "JPEG", Codec.MPEG4: "MPEG4"}
_ENCODINGS2 = {
    Codec.H264: "H264",
    Codec.H265: "H265",
    Codec.MJPEG: "JPEG",
    Codec.MPEG4: "MPV4-ES",
    Codec.AV1: "AV1",
}


async def options(link: Link, service: Service, profile: Profile) -> StreamOptions:
    """Of the profile's encoder, for all codecs together."""
    answer = await link.call(
        service,
        "GetVideoEncoderConfigurationOptions",
        {"ConfigurationToken": profile.encoder, "ProfileToken": profile.token},
    )
    if service is Service.MEDIA2:
        return _options2(answer.all("Options"), profile.setup.codec)
    return _options1(answer, profile.setup.codec)


def _options2(told: list[Node], present: Codec | None) -> StreamOptions:
    by_codec = {known: one for one in told if (known := profiles.codec(one.text("Encoding")))}
    if not by_codec:
        return StreamOptions()
    one = by_codec.get(present) if present else None
    one = one if one is not None else next(iter(by_codec.values()))
    rates = _numbers(one.attribute("FrameRatesSupported"))
    gops = _numbers(one.attribute("GovLengthRange"))
    bitrates = _range(one.first("BitrateRange"))
    return StreamOptions(
        tuple(by_codec),
        _sizes(one),
        (min(rates), max(rates)) if rates else None,
        None if bitrates is None else (int(bitrates[0]) * 1000, int(bitrates[1]) * 1000),
        (int(min(gops)), int(max(gops))) if gops else None,
        _range(one.first("QualityRange")),
    )


def _options1(answer: Node, present: Codec | None) -> StreamOptions:
    told = answer.first("Options")
    if told is None:
        return StreamOptions()
    parts = {known: one for known, name in _ENCODINGS1.items() if (one := told.first(name))}
    if not parts:
        return StreamOptions()
    chosen = present if present in parts else next(iter(parts))
    one = parts[chosen]
    bitrates = _range(told.first(f"Extension/{_ENCODINGS1[chosen]}/BitrateRange"))
    gops = _range(one.first("GovLengthRange"))
    return StreamOptions(
        tuple(parts),
        _sizes(one),
        _range(one.first("FrameRateRange")),
        None if bitrates is None else (int(bitrates[0]) * 1000, int(bitrates[1]) * 1000),
        None if gops is None else (int(gops[0]), int(gops[1])),
        _range(told.first("QualityRange")),
    )


def _sizes(one: Node) -> tuple[tuple[int, int], ...]:
    told = one.all("ResolutionsAvailable")[:_MAX_SIZES]
    sizes = {(each.integer("Width") or 0, each.integer("Height") or 0) for each in told}
    return tuple(sorted((size for size in sizes if min(size) > 0), reverse=True))


def _range(told: Node | None) -> tuple[float, float] | None:
    if told is None:
        return None
    least, most = told.number("Min"), told.number("Max")
    return None if least is None or most is None or least > most else (least, most)


def _numbers(text: str) -> list[float]:
    found = (to_number(word) for word in text.split()[:_MAX_SIZES])
    return [value for value in found if value is not None]


async def change(link: Link, service: Service, profile: Profile, wish: StreamSetup) -> StreamSetup:
    """Returns what the device made of it."""
    if not profile.encoder:
        raise DeviceError(
            FailureKind.UNSUPPORTED, f"{link.place}: {profile.name} has no encoder to be set."
        )
    configuration = await _read(link, service, profile.encoder)
    (_apply2 if service is Service.MEDIA2 else _apply1)(configuration.element, wish)
    parameters: dict[str, object] = {"Configuration": configuration.element}
    if service is Service.MEDIA:
        parameters["ForcePersistence"] = "true"
    message = messages.whole(service, "SetVideoEncoderConfiguration", parameters)
    await link.send(link.urls[service], "SetVideoEncoderConfiguration", message, is_void=True)
    return profiles.setup(await _read(link, service, profile.encoder))


async def _read(link: Link, service: Service, token: str) -> Node:
    if service is Service.MEDIA2:
        answer = await link.call(
            service, "GetVideoEncoderConfigurations", {"ConfigurationToken": token}
        )
        told = answer.all("Configurations")
    else:
        answer = await link.call(
            service, "GetVideoEncoderConfiguration", {"ConfigurationToken": token}
        )
        told = answer.all("Configuration")
    for one in told:
        if one.attribute("token") == token:
            return one
    raise DeviceError(FailureKind.GARBAGE, f"{link.place} does not tell its encoder {token}.")


def _apply2(configuration: etree._Element, wish: StreamSetup) -> None:
    if wish.codec is not None:
        if wish.codec is not profiles.codec(Node(configuration).text("Encoding")):
            configuration.attrib.pop("Profile", None)  # a codec's own (Main, High)
        _set(configuration, "Encoding", _encoding(_ENCODINGS2, wish.codec))
    _apply_common(configuration, wish)
    if wish.fps is not None:
        _set(configuration, "RateControl/FrameRateLimit", f"{wish.fps:g}")
    if wish.gop is not None:
        configuration.set("GovLength", str(wish.gop))


def _apply1(configuration: etree._Element, wish: StreamSetup) -> None:
    if wish.codec is not None:
        _set(configuration, "Encoding", _encoding(_ENCODINGS1, wish.codec))
    _apply_common(configuration, wish)
    if wish.fps is not None:
        _set(configuration, "RateControl/FrameRateLimit", str(round(wish.fps)))
    if wish.gop is not None:
        encoding = Node(configuration).text("Encoding")
        if encoding in ("H264", "MPEG4"):
            _set(configuration, f"{encoding}/GovLength", str(wish.gop))


def _encoding(names: dict[Codec, str], wish: Codec) -> str:
    if wish not in names:
        text = f"This device cannot be set to {wish.value} by this service of ONVIF."
        raise DeviceError(FailureKind.UNSUPPORTED, text)
    return names[wish]


def _apply_common(configuration: etree._Element, wish: StreamSetup) -> None:
    for path, value in (
        ("Resolution/Width", wish.width),
        ("Resolution/Height", wish.height),
        ("RateControl/BitrateLimit", _kbps(wish.bitrate_bps)),
    ):
        if value is not None:
            _set(configuration, path, str(value))
    if wish.quality is not None:
        _set(configuration, "Quality", f"{wish.quality:g}")


def _kbps(bitrate_bps: int | None) -> int | None:
    return None if bitrate_bps is None else max(1, round(bitrate_bps / 1000))


def _set(configuration: etree._Element, path: str, text: str) -> None:
    """Raises DeviceError where the device does not tell such a value: it cannot be set."""
    found = Node(configuration).first(path)
    if found is None:
        what = path.rpartition("/")[2]
        raise DeviceError(FailureKind.UNSUPPORTED, f"This stream has no {what} that can be set.")
    found.element.text = text
