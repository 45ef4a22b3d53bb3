"""RTSP messages as bytes (RFC 2326 §4 to §7, and RFC 7826 where cameras mix them).

Reading forgives what cameras are known to do: bare LF, no reason phrase, odd case, folded headers,
header lines without a colon.  It never reads more than `MAX_HEAD_BYTES` + `MAX_BODY_BYTES`.
"""

from __future__ import annotations

import re
from mmap import mmap

from attrs import field, frozen

from axxond.base.errors import AxxonError
from axxond.base.units import KIB

# Real heads stay under 2 KiB and descriptions under 8; both must fit the receive buffer.
MAX_HEAD_BYTES = 16 * KIB
MAX_BODY_BYTES = 64 * KIB
_MAX_HEADERS = 100

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FIRST_LINE = re.compile(r"RTSP/\d\.\d\s+(\d{3})(?:\s+(.*))?$", re.IGNORECASE)
_STARTS = (
    b"RTSP/",
    b"OPTIONS ",
    b"GET_PARAMETER ",
    b"SET_PARAMETER ",
    b"ANNOUNCE ",
    b"REDIRECT ",
    b"TEARDOWN ",
)
_REQUEST_LINE = re.compile(r"([A-Z_]{3,20})\s+(\S+)\s+RTSP/\d\.\d$")


class MalformedError(AxxonError):
    """What came is no RTSP, or breaks a bound."""


class HttpError(MalformedError):
    """A web server answered."""


Headers = dict[str, list[str]]


@frozen
class Request:
    """From us, or from the server (which may ask us OPTIONS or GET_PARAMETER)."""

    method: str
    url: str
    headers: Headers = field(factory=dict)  # names in lower case
    body: bytes = b""

    def first(self, name: str) -> str:
        return _first(self.headers, name)


@frozen
class Response:
    status: int
    reason: str
    headers: Headers = field(factory=dict)  # names in lower case
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a header; "" when there is none."""
        return _first(self.headers, name)

    @property
    def cseq(self) -> int | None:
        """The number of the request that it answers; None where the server left it out."""
        value = self.first("cseq").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


Message = Request | Response


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def encode_request(method: str, url: str, headers: dict[str, str]) -> bytes:
    """A request without a body.  Values with line breaks are refused with ValueError."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("line break in an RTSP request")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def encode_response(status: int, reason: str, cseq: str) -> bytes:
    """Our answer to a server's request."""
    number = cseq if cseq.isascii() and cseq.isdigit() else "0"
    return f"RTSP/1.0 {status} {reason}\r\nCSeq: {number}\r\n\r\n".encode("ascii")


def parse(data: bytearray | bytes | mmap, begin: int, end: int) -> tuple[Message, int] | None:
    """The message that starts at `begin`, and the index after it; None: more bytes are needed.

    Raises MalformedError, or HttpError when a web server is speaking.
    """
    _check_start(bytes(data[begin : min(begin + 16, end)]))
    limit = min(end, begin + MAX_HEAD_BYTES)
    blank = _HEAD_END.search(data, begin, limit)
    if blank is None:
        if end - begin >= MAX_HEAD_BYTES:
            raise MalformedError(f"a message head longer than {MAX_HEAD_BYTES} bytes")
        return None
    text = bytes(data[begin : blank.start()]).decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    headers = _headers(lines[1:])
    length = _content_length(headers)
    stop = blank.end() + length
    if stop > end:
        return None
    body = bytes(data[blank.end() : stop])
    return _message(lines[0].strip(), headers, body), stop


def _check_start(start: bytes) -> None:
    """Refuse early what can never become a message."""
    head = start.upper()
    if head.startswith(b"HTTP/"[: len(head)]) and len(head) >= 4:
        raise HttpError("a web server answered (HTTP)")
    if not any(head.startswith(known[: len(head)]) for known in _STARTS):
        raise MalformedError(f"bytes that are not RTSP: {start!r}")


def _headers(lines: list[str]) -> Headers:
    if len(lines) > _MAX_HEADERS:
        raise MalformedError(f"more than {_MAX_HEADERS} header lines")
    headers: Headers = {}
    last: list[str] | None = None
    for line in lines:
        if line[:1] in (" ", "\t") and last is not None:
            last[-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            continue
        last = headers.setdefault(name.strip().lower(), [])
        last.append(value.strip())
    return headers


def _content_length(headers: Headers) -> int:
    text = _first(headers, "content-length").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise MalformedError(f"Content-Length is {text[:40]!r}")
    length = int(text)
    if length > MAX_BODY_BYTES:
        raise MalformedError(f"a message body of {length} bytes (at most {MAX_BODY_BYTES})")
    return length


def _message(line: str, headers: Headers, body: bytes) -> Message:
    if found := _FIRST_LINE.match(line):
        return Response(int(found[1]), (found[2] or "").strip(), headers, body)
    if found := _REQUEST_LINE.match(line):
        return Request(found[1], found[2], headers, body)
    raise MalformedError(f"a first line that is not RTSP: {line[:80]!r}")
