"""RTSP requests as a camera reads them (RFC 2326), and its digest log-in (RFC 2617)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from attrs import define, field, frozen

# A request of a client is a few hundred bytes; more is not RTSP.
_MAX_REQUEST_BYTES = 16 * 1024
_INTERLEAVED_HEADER_BYTES = 4

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^,\s]*))')


class BadRequestError(Exception):
    """What came is not an RTSP request; the connection cannot go on."""


@frozen
class RtspRequest:
    """Header names are lower case."""

    method: str
    url: str
    headers: dict[str, str] = field(factory=dict)


def _unheard(channel: int, packet: bytes) -> None:
    """Nobody listens."""


class RequestReader:
    """Bytes in, requests out.  Bodies are skipped; `on_frame` gets the channel and the packet of
    interleaved frames (a client's RTCP, and what it says to the camera)."""

    def __init__(self, on_frame: Callable[[int, bytes], None] = _unheard) -> None:
        self._buffer = bytearray()
        self._on_frame = on_frame

    def feed(self, data: bytes) -> list[RtspRequest]:
        """Raises BadRequestError."""
        self._buffer += data
        requests = []
        while (size := self._frame_bytes()) and size <= len(self._buffer):
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            if frame[:1] == b"$":
                self._on_frame(frame[1], frame[_INTERLEAVED_HEADER_BYTES:])
            elif frame.strip():
                requests.append(_parse(frame))
        return requests

    def _frame_bytes(self) -> int:
        """Size of the frame that the buffer begins with; 0 while that is not known."""
        buffer = self._buffer
        if buffer[:1] == b"$":
            if len(buffer) < _INTERLEAVED_HEADER_BYTES:
                return 0
            return _INTERLEAVED_HEADER_BYTES + int.from_bytes(buffer[2:4], "big")
        if buffer[:2] == b"\r\n":  # an empty line between requests (RFC 2326, 4.1)
            return 2
        end = buffer.find(b"\r\n\r\n", 0, _MAX_REQUEST_BYTES)
        if end < 0:
            if len(buffer) >= _MAX_REQUEST_BYTES:
                raise BadRequestError("request is too large")
            return 0
        body = re.search(rb"(?im)^content-length:\s*(\d{1,9})\s*$", buffer[:end])
        size = end + 4 + (int(body.group(1)) if body else 0)
        if size > _MAX_REQUEST_BYTES:
            raise BadRequestError("request is too large")
        return size


def _parse(frame: bytes) -> RtspRequest:
    lines = frame.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/"):
        raise BadRequestError("first line is not a request")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError("header without a colon")
        headers[name.strip().lower()] = value.strip()
    return RtspRequest(words[0], words[1], headers)


@define
class DigestLogin:
    """One user, MD5, without qop, as most cameras do it."""

    user: str
    password: str = field(repr=False)
    nonce: str = field(repr=False)
    realm: str = "Camera simulator"

    @property
    def challenge(self) -> str:
        return f'Digest realm="{self.realm}", nonce="{self.nonce}"'

    def accepts(self, method: str, authorization: str) -> bool:
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() != "digest":
            return False
        given = {
            match[1].lower(): match[2] if match[2] is not None else match[3]
            for match in _PARAMETER.finditer(rest)
        }
        if given.get("username") != self.user or given.get("nonce") != self.nonce:
            return False
        secret = _md5(f"{self.user}:{self.realm}:{self.password}")
        subject = _md5(f"{method}:{given.get('uri', '')}")
        expected = _md5(f"{secret}:{self.nonce}:{subject}")
        return hmac.compare_digest(expected, given.get("response", "").lower())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
