"""What a camera offers: session descriptions (RFC 8866), read with all the forgiveness they need.

A line that cannot be read is skipped; only a description without any media raises.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from attrs import field, frozen

from axxond.devices.rtsp.messages import MalformedError

# Real descriptions have two to four media of one or two formats.
_MAX_MEDIA = 32
_MAX_FORMATS = 16


@frozen
class PayloadFormat:
    """One payload type of a medium.  `encoding` is upper case; `clock_rate` is in Hz."""

    payload_type: int
    encoding: str
    clock_rate: int
    channels: int = 1
    parameters: dict[str, str] = field(factory=dict)  # fmtp, names in lower case
    size: tuple[int, int] = (0, 0)  # in pixels; 0: not said


# RFC 3551 tables 4 and 5: what needs no rtpmap line.
_STATIC: dict[int, tuple[str, int, int]] = {
    0: ("PCMU", 8000, 1),
    2: ("G726-32", 8000, 1),
    3: ("GSM", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    14: ("MPA", 90000, 1),
    26: ("JPEG", 90000, 1),
    32: ("MPV", 90000, 1),
    33: ("MP2T", 90000, 1),
}
# What cameras mean when they give a dynamic type without a usable rtpmap line.
_LIKELY: dict[str, tuple[str, int, int]] = {
    "video": ("H264", 90000, 1),
}


@frozen
class Medium:
    kind: str  # "video", "audio", "application", …
    formats: list[PayloadFormat]
    control: str = ""
    direction: str = "recvonly"
    frame_rate: float = 0.0  # 0: not said


@frozen
class Description:
    media: list[Medium]
    control: str = ""


class _Section:
    """The lines of one medium (or of the session, before the first m=)."""

    def __init__(self, line: str = "") -> None:
        words = line.split()
        self.kind = words[0].lower() if words else ""
        self.types = [int(word) for word in words[3:] if _is_payload_type(word)][:_MAX_FORMATS]
        self.control = ""
        self.direction = ""
        self.frame_rate = 0.0
        self.size = (0, 0)
        self.maps: dict[int, tuple[str, int, int]] = {}
        self.parameters: dict[int, dict[str, str]] = {}

    def attribute(self, text: str) -> None:
        name, _, value = text.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "control" and not self.control:
            self.control = value
        elif name in ("sendrecv", "recvonly", "sendonly", "inactive"):
            self.direction = name
        elif name == "framerate":
            self.frame_rate = _number(value)
        elif name in ("x-dimensions", "framesize"):
            self.size = _size(value)
        elif name in ("rtpmap", "fmtp"):
            number, _, rest = value.partition(" ")
            if _is_payload_type(number):
                self._about(name, int(number), rest.strip())

    def _about(self, name: str, payload_type: int, text: str) -> None:
        if name == "fmtp":
            self.parameters.setdefault(payload_type, {}).update(_parameters(text))
            return
        parts = [part.strip() for part in text.split("/")]
        known = _STATIC.get(payload_type) or _LIKELY.get(self.kind) or ("", 8000, 1)
        rate = int(_number(parts[1])) if len(parts) > 1 else 0
        channels = int(_number(parts[2])) if len(parts) > 2 else 1
        self.maps[payload_type] = (
            parts[0].upper() or known[0],
            rate if 0 < rate < 1 << 31 else known[1],
            channels if 0 < channels <= 255 else 1,
        )

    def medium(self) -> Medium:
        formats = []
        for payload_type in self.types or list(self.maps):
            known = self.maps.get(payload_type) or _STATIC.get(payload_type)
            known = known or _LIKELY.get(self.kind)
            if known is not None:
                parameters = self.parameters.get(payload_type)
                if parameters is None and len(self.types) == 1 and len(self.parameters) == 1:
                    # fmtp under a wrong number: there is only one format that it can belong to.
                    parameters = next(iter(self.parameters.values()))
                formats.append(PayloadFormat(payload_type, *known, parameters or {}, self.size))
        return Medium(
            self.kind, formats, self.control, self.direction or "recvonly", self.frame_rate
        )


def parse(body: bytes) -> Description:
    """Read a description.  Raises MalformedError when it holds no medium at all."""
    session = section = _Section()
    media: list[_Section] = []
    text = body.decode("utf-8", "replace").replace("\r", "\n").replace("\0", "")
    for raw in text.split("\n"):
        line = raw.strip()
        kind, value = line[:2].lower(), line[2:].strip()
        if kind == "m=":
            if len(media) >= _MAX_MEDIA:
                break
            section = _Section(value)
            media.append(section)
        elif kind == "a=":
            section.attribute(value)
    if not media:
        raise MalformedError("a session description without any medium")
    return Description([part.medium() for part in media], session.control)


def control_url(base: str, control: str) -> str:
    """Where to send requests for a medium: its a=control value against the Content-Base.

    RFC 2326 §C.1.1, as cameras and players practise it: a relative value is appended after a
    slash even where RFC 3986 would replace the last part, and even after a query.
    """
    if control in ("", "*"):
        return base
    if "://" in control[:16]:
        return control
    if control.startswith("/"):
        parts = urlsplit(base)
        return urlunsplit((parts.scheme, parts.netloc, control, "", ""))
    if base.endswith("/") or control.startswith("?"):
        return base + control
    return f"{base}/{control}"


def _is_payload_type(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 3 and int(word) < 128


def _number(text: str) -> float:
    """A number written in any way; 0 for anything else."""
    try:
        value = float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return 0.0
    return value if 0 <= value < 1e12 else 0.0


def _size(text: str) -> tuple[int, int]:
    """ "1920,1080" (a=x-dimensions) or "26 1920-1080" (a=framesize)."""
    found = re.search(r"(\d{1,5})\s*[,x-]\s*(\d{1,5})$", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _parameters(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(";"):
        name, _, value = part.strip().partition("=")
        if name:
            found[name.strip().lower()] = value.strip().strip('"')
    return found
