"""How a link may change: the states and the table of allowed changes."""

from __future__ import annotations

import enum

from attrs import frozen

from axxon_client.net.errors import LinkFailure


class LinkPhase(enum.StrEnum):
    OFFLINE = "offline"  # nobody asked for a connection
    CONNECTING = "connecting"
    LOGGING_IN = "logging-in"
    READY = "ready"
    LOST = "lost"  # between two attempts; `reason` says what failed
    REFUSED = "refused"  # no further attempt: wrong log-in, certificate or version


_P = LinkPhase

CHANGES: dict[LinkPhase, frozenset[LinkPhase]] = {
    _P.OFFLINE: frozenset({_P.CONNECTING}),
    _P.CONNECTING: frozenset({_P.LOGGING_IN, _P.LOST, _P.REFUSED, _P.OFFLINE}),
    _P.LOGGING_IN: frozenset({_P.READY, _P.LOST, _P.REFUSED, _P.OFFLINE}),
    _P.READY: frozenset({_P.LOST, _P.OFFLINE}),
    _P.LOST: frozenset({_P.CONNECTING, _P.OFFLINE}),
    _P.REFUSED: frozenset({_P.CONNECTING, _P.OFFLINE}),
}


@frozen
class LinkState:
    """`reason` is a sentence, "" when all is well; `retry_s` the wait before the next attempt."""

    phase: LinkPhase
    reason: str = ""
    failure: LinkFailure | None = None
    retry_s: float = 0.0


OFFLINE = LinkState(LinkPhase.OFFLINE)


class IllegalChangeError(AssertionError):
    """A bug: the table does not allow that change."""


def change(old: LinkState, new: LinkState) -> LinkState:
    """`new`, if the table allows it after `old`.  Raises IllegalChangeError."""
    if new.phase not in CHANGES[old.phase]:
        raise IllegalChangeError(f"link: {old.phase} -> {new.phase}")
    return new
