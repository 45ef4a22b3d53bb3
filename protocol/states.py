"""What may be said when: states of a connection, speakers, and the transition table."""

from __future__ import annotations

import enum
from typing import Final

from protocol.errors import ErrorCode, ProtocolError


class Side(enum.Enum):
    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> Side:
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT


class State(enum.Enum):
    GREETING = "greeting"  # no hello, or one side's only
    CLIENT_GREETED = "client-greeted"
    SERVER_GREETED = "server-greeted"
    LOGIN = "login"  # both hellos said, nobody logged in
    READY = "ready"
    CLOSED = "closed"


class Said(enum.Enum):
    """Kinds of utterance, as far as the state cares."""

    HELLO = "hello"
    LOGIN = "log-in"  # the request Login
    LOGGED_IN = "log-in granted"  # its reply
    PING = "ping"
    REQUEST = "request"
    REPLY = "reply"  # also of a ping
    ERROR = "error"
    NOTICE = "notice"
    MEDIA = "media"
    GOODBYE = "goodbye"  # the end of the stream, never a frame


_CLIENT, _SERVER = Side.CLIENT, Side.SERVER

# (state, who speaks, what) -> the state after it.  What is not here must not be said.
TRANSITIONS: Final[dict[tuple[State, Side, Said], State]] = {
    (State.GREETING, _CLIENT, Said.HELLO): State.CLIENT_GREETED,
    (State.GREETING, _SERVER, Said.HELLO): State.SERVER_GREETED,
    (State.CLIENT_GREETED, _SERVER, Said.HELLO): State.LOGIN,
    (State.SERVER_GREETED, _CLIENT, Said.HELLO): State.LOGIN,
    (State.LOGIN, _CLIENT, Said.LOGIN): State.LOGIN,
    (State.LOGIN, _SERVER, Said.LOGGED_IN): State.READY,
    (State.READY, _SERVER, Said.MEDIA): State.READY,
    (State.READY, _CLIENT, Said.REQUEST): State.READY,
}
for _side in Side:
    for _state in (State.LOGIN, State.READY):
        for _said in (Said.PING, Said.REPLY, Said.ERROR):
            TRANSITIONS[_state, _side, _said] = _state
    TRANSITIONS[State.READY, _side, Said.NOTICE] = State.READY
    for _state in (State.GREETING, State.CLIENT_GREETED, State.SERVER_GREETED):
        TRANSITIONS[_state, _side, Said.ERROR] = _state
    for _state in State:
        TRANSITIONS[_state, _side, Said.GOODBYE] = State.CLOSED


def after(state: State, speaker: Side, said: Said) -> State:
    """The state once `speaker` has said that.

    Raises ProtocolError NOT_LOGGED_IN when only the log-in is missing, else BAD_REQUEST.
    """
    following = TRANSITIONS.get((state, speaker, said))
    if following is not None:
        return following
    ready = (State.READY, speaker, said) in TRANSITIONS
    if state is State.LOGIN and ready:
        raise ProtocolError(ErrorCode.NOT_LOGGED_IN, f"{said.value} before log-in")
    raise ProtocolError(
        ErrorCode.BAD_REQUEST, f"the {speaker.value} may say no {said.value} in {state.value}"
    )
