"""Error codes of the wire, and the one exception that carries them."""

from __future__ import annotations

import enum


class ErrorCode(enum.StrEnum):
    """What went wrong, for a program; the text beside it is for a person."""

    BAD_FRAME = "bad-frame"  # the bytes are no frame of this protocol: the connection ends
    BAD_REQUEST = "bad-request"  # a field is missing, unknown, of a wrong type or out of range
    UNKNOWN_REQUEST = "unknown-request"
    VERSION = "version"  # no common version of the protocol
    NOT_LOGGED_IN = "not-logged-in"
    LOGIN_FAILED = "login-failed"  # wrong name or password
    THROTTLED = "throttled"  # too many attempts or requests: try later
    FORBIDDEN = "forbidden"  # the role lacks the right
    NOT_FOUND = "not-found"  # no such object, node, archive, alarm, channel
    CONFLICT = "conflict"  # the object changed meanwhile, or someone else holds it
    INVALID = "invalid"  # a value is refused by the schema or by the device
    LIMIT = "limit"  # a bound of the protocol, the licence or the machine
    UNAVAILABLE = "unavailable"  # the device or the peer cannot be reached now
    CANCELLED = "cancelled"
    INTERNAL = "internal"  # our fault: in the server's log with the same reference


class ProtocolError(Exception):
    """An error as it crosses the wire: code, the object concerned, a sentence for a person."""

    def __init__(self, code: ErrorCode, text: str, obj: str = "") -> None:
        super().__init__(f"{obj}: {text}" if obj else text)
        self.code = code
        self.text = text
        self.obj = obj
