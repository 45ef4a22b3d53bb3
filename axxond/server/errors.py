"""Errors of the rooms below, as they cross the wire."""

from __future__ import annotations

from axxond.auth import LoginRefusedError, ThrottledError
from axxond.base.errors import AxxonError, ConfigError
from axxond.config.objects import RevisionConflictError, UnknownObjectError
from protocol.errors import ErrorCode, ProtocolError

_CODES: dict[type[AxxonError], ErrorCode] = {
    LoginRefusedError: ErrorCode.LOGIN_FAILED,
    ThrottledError: ErrorCode.THROTTLED,
    RevisionConflictError: ErrorCode.CONFLICT,
    UnknownObjectError: ErrorCode.NOT_FOUND,
    ConfigError: ErrorCode.INVALID,
}


def to_wire(error: AxxonError) -> ProtocolError:
    """The code by the nearest class; "unavailable" for what nobody could have known before."""
    code = next(
        (_CODES[cls] for cls in type(error).__mro__ if cls in _CODES), ErrorCode.UNAVAILABLE
    )
    obj = ""
    if isinstance(error, ConfigError):
        obj = f"{error.obj}.{error.field}" if error.obj and error.field else error.obj
    return ProtocolError(code, str(error), obj)


def not_found(what: str, name: str) -> ProtocolError:
    return ProtocolError(ErrorCode.NOT_FOUND, f"there is no such {what}", name)


def invalid(field: str, text: str) -> ProtocolError:
    return ProtocolError(ErrorCode.INVALID, text, field)
