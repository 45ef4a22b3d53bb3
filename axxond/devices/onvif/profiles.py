"""Media profiles as Media1 and Media2 tell them, and which to take.  Without I/O."""

from __future__ import annotations

from attrs import frozen

from axxond.devices import choice
from axxond.devices.control import StreamSetup
from axxond.devices.discovery.addresses import clean
from axxond.devices.elements import Node
from protocol.types import Codec

_MAX_PROFILES = 512  # a recorder of 64 channels has 3 profiles each
_MAX_TOKEN = 200
# Encoding as Media1 (tt:VideoEncoding) and Media2 (IANA media subtypes) spell it.
_CODECS = {
    "h264": Codec.H264,
    "h265": Codec.H265,
    "hevc": Codec.H265,
    "jpeg": Codec.MJPEG,
    "mpeg4": Codec.MPEG4,
    "mpv4-es": Codec.MPEG4,
    "av1": Codec.AV1,
}


@frozen
class Profile:
    """A media profile.  Tokens are "" where it has no such part."""

    token: str
    name: str
    source: str  # of the video source: the channel
    source_configuration: str
    encoder: str
    setup: StreamSetup
    audio: bool = False
    ptz: str = ""
    node: str = ""  # of the PTZ unit
    ptz_spaces: frozenset[str] = frozenset()
    metadata: bool = False
    speaker: bool = False


def of_media1(answer: Node) -> tuple[Profile, ...]:
    """From GetProfiles' answer; profiles without a token or a picture are left out."""
    found = (
        _profile(
            told,
            told,
            encoder=told.first("VideoEncoderConfiguration"),
            suffix="Configuration",
            extension=told.first("Extension"),
        )
        for told in answer.all("Profiles")[:_MAX_PROFILES]
    )
    return tuple(profile for profile in found if profile is not None)


def of_media2(answer: Node) -> tuple[Profile, ...]:
    found = []
    for told in answer.all("Profiles")[:_MAX_PROFILES]:
        parts = told.first("Configurations")
        if parts is not None:
            found.append(
                _profile(
                    told, parts, encoder=parts.first("VideoEncoder"), suffix="", extension=parts
                )
            )
    return tuple(profile for profile in found if profile is not None)


def _profile(
    told: Node, parts: Node, *, encoder: Node | None, suffix: str, extension: Node | None
) -> Profile | None:
    token = told.attribute("token")
    source = parts.first(f"VideoSource{suffix}")
    if not token or len(token) > _MAX_TOKEN or source is None:
        return None
    ptz = parts.first(f"PTZ{suffix}")
    output = extension is not None and (
        "AudioOutput" in extension or "AudioOutputConfiguration" in extension
    )
    return Profile(
        token,
        clean(told.text("Name")) or token,
        source.text("SourceToken"),
        source.attribute("token"),
        encoder.attribute("token") if encoder is not None else "",
        setup(encoder) if encoder is not None else StreamSetup(),
        f"AudioEncoder{suffix}" in parts,
        ptz.attribute("token") if ptz is not None else "",
        ptz.text("NodeToken") if ptz is not None else "",
        frozenset(child.name for child in ptz.children()) if ptz is not None else frozenset(),
        f"Metadata{suffix}" in parts,
        output,
    )


def setup(encoder: Node) -> StreamSetup:
    """Of an encoder configuration, Media1's or Media2's."""
    kbps = encoder.integer("RateControl/BitrateLimit")
    gop = encoder.integer("H264/GovLength") or encoder.integer("MPEG4/GovLength")
    given = encoder.attribute("GovLength")
    return StreamSetup(
        codec(encoder.text("Encoding")),
        encoder.integer("Resolution/Width"),
        encoder.integer("Resolution/Height"),
        encoder.number("RateControl/FrameRateLimit"),
        None if kbps is None else kbps * 1000,
        int(given) if given.isdigit() else gop,
        encoder.number("Quality"),
    )


def codec(encoding: str) -> Codec | None:
    return _CODECS.get(encoding.strip().lower())


def ranked(profiles: tuple[Profile, ...]) -> list[Profile]:
    """Channel by channel as the device orders them, each as `choice.ranked` has it."""
    channels: dict[str, list[Profile]] = {}
    for profile in profiles:
        channels.setdefault(profile.source, []).append(profile)
    return [
        profile
        for of_channel in channels.values()
        for profile in choice.ranked(of_channel, lambda one: one.setup)
    ]
