"""What can go wrong between a client and a server, each as one sentence for a person."""

from __future__ import annotations

import enum

from protocol.errors import ErrorCode, ProtocolError


class LinkFailure(enum.StrEnum):
    """Which remedy is offered."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NOT_A_SERVER = "not-a-server"  # something answers, but not our protocol
    CERTIFICATE = "certificate"  # not the one that was pinned, or refused by the user
    LOGIN = "login"
    VERSION = "version"
    LOST = "lost"  # the connection broke
    OFFLINE = "offline"  # asked while there is no connection
    SERVER = "server"  # the server refused for another reason


# Trying again by itself would not help, or would lock the user out.
FINAL = frozenset({LinkFailure.CERTIFICATE, LinkFailure.LOGIN, LinkFailure.VERSION})


class LinkError(Exception):
    """The connection failed; `failure` chooses the remedy, the message is for a person."""

    def __init__(self, failure: LinkFailure, text: str) -> None:
        super().__init__(text)
        self.failure = failure
        self.text = text


class CertificateChanged(LinkError):  # noqa: N818 - said as it reads in `except`
    """The server shows another certificate than the one trusted before."""

    def __init__(self, address: str, known: str, shown: str) -> None:
        super().__init__(
            LinkFailure.CERTIFICATE,
            f"{address} shows another certificate than before. If the server was not "
            f"re-installed, someone may be in between. Known: {known}; shown: {shown}.",
        )
        self.known = known
        self.shown = shown


class CertificateRefused(LinkError):  # noqa: N818 - as above
    """First contact, and the fingerprint was not accepted."""

    def __init__(self, address: str, shown: str) -> None:
        super().__init__(
            LinkFailure.CERTIFICATE, f"The certificate of {address} was not accepted ({shown})."
        )
        self.shown = shown


_LOGIN_CODES = {ErrorCode.LOGIN_FAILED: LinkFailure.LOGIN, ErrorCode.VERSION: LinkFailure.VERSION}


def from_protocol(error: ProtocolError) -> LinkError:
    """A server's refusal of the greeting or of the log-in."""
    return LinkError(_LOGIN_CODES.get(error.code, LinkFailure.SERVER), error.text)
