"""`capture:CARD?channel=2&codec=snow&gop=25&bitrate=2000`: one channel of one card.

CARD: the number of a card of this server from 0, `virtual` (four PAL channels that need no card),
`virtual:LETTERS` (a channel a letter: p PAL, n NTSC, x without a signal), or on Windows the name
of a DirectShow device.
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlencode

from attrs import frozen

from axxond.devices.port import DeviceError
from protocol.types import Codec, FailureKind

CODECS = (Codec.SNOW, Codec.MJPEG, Codec.MPEG4, Codec.H264)
_SCHEME = "capture:"
_KNOWN = ("channel", "codec", "gop", "bitrate")
MAX_CHANNELS = 64
GOP = (1, 300)
BITRATE_KBPS = (64, 50_000)
_DEFAULT_KBPS = {Codec.SNOW: 3000, Codec.MJPEG: 8000, Codec.MPEG4: 2500, Codec.H264: 1500}


@frozen
class CaptureAddress:
    """`channel` from 1.  `gop`: pictures from key frame to key frame."""

    card: str
    channel: int
    codec: Codec
    gop: int
    bitrate_bps: int

    @property
    def url(self) -> str:
        query = {"channel": self.channel, "codec": self.codec.value, "gop": self.gop}
        return f"{_SCHEME}{self.card}?{urlencode(query)}&bitrate={self.bitrate_bps // 1000}"


def parse(url: str) -> CaptureAddress:
    """Raises DeviceError that names what is wrong."""
    if not url.lower().startswith(_SCHEME):
        raise _wrong(url, f"it does not begin with {_SCHEME}")
    card, _, query = url[len(_SCHEME) :].partition("?")
    given = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    card = unquote(card).strip("/")
    if not card:
        raise _wrong(url, "it names no card")
    if "standard" in given:
        text = "The television standard of a card is detected when it starts and cannot be set"
        raise DeviceError(FailureKind.UNSUPPORTED, f"{text}: take it out of the address.")
    for name in given:
        if name not in _KNOWN:
            raise _wrong(url, f"{name} is none of {', '.join(_KNOWN)}")
    codec = _codec(url, given.get("codec", Codec.SNOW.value))
    return CaptureAddress(
        card,
        _number(url, given, "channel", 1, (1, MAX_CHANNELS)),
        codec,
        _number(url, given, "gop", 25, GOP),
        1000 * _number(url, given, "bitrate", _DEFAULT_KBPS[codec], BITRATE_KBPS),
    )


def _codec(url: str, name: str) -> Codec:
    for codec in CODECS:
        if codec.value == name.lower():
            return codec
    raise _wrong(url, f"codec {name} is none of {', '.join(codec.value for codec in CODECS)}")


def _number(
    url: str, given: dict[str, str], name: str, default: int, limits: tuple[int, int]
) -> int:
    text = given.get(name, str(default))
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    if not limits[0] <= value <= limits[1]:
        raise _wrong(url, f"{name} {text} is not a number from {limits[0]} to {limits[1]}")
    return value


def _wrong(url: str, why: str) -> DeviceError:
    text = f"{url!r} is no address of a capture card: {why}. It looks like capture:0?channel=2."
    return DeviceError(FailureKind.UNREACHABLE, text)
