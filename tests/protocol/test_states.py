from __future__ import annotations

import pytest

from protocol.errors import ErrorCode, ProtocolError
from protocol.states import TRANSITIONS, Said, Side, State, after

CLIENT, SERVER = Side.CLIENT, Side.SERVER


def test_the_usual_way() -> None:
    state = State.GREETING
    for side, said in [
        (SERVER, Said.HELLO),
        (CLIENT, Said.HELLO),
        (CLIENT, Said.LOGIN),
        (SERVER, Said.ERROR),
        (CLIENT, Said.LOGIN),
        (SERVER, Said.LOGGED_IN),
        (CLIENT, Said.REQUEST),
        (SERVER, Said.REPLY),
        (SERVER, Said.NOTICE),
        (SERVER, Said.MEDIA),
        (CLIENT, Said.NOTICE),
        (SERVER, Said.PING),
        (CLIENT, Said.REPLY),
    ]:
        state = after(state, side, said)
    assert state is State.READY
    assert after(state, CLIENT, Said.GOODBYE) is State.CLOSED


@pytest.mark.parametrize("said", [Said.REQUEST, Said.NOTICE])
def test_what_needs_a_log_in_says_so(said: Said) -> None:
    with pytest.raises(ProtocolError) as caught:
        after(State.LOGIN, CLIENT, said)
    assert caught.value.code is ErrorCode.NOT_LOGGED_IN


def test_nothing_but_an_error_comes_before_the_hello() -> None:
    for state in (State.GREETING, State.CLIENT_GREETED, State.SERVER_GREETED):
        for side in Side:
            allowed = {said for at, who, said in TRANSITIONS if (at, who) == (state, side)}
            assert allowed <= {Said.HELLO, Said.ERROR, Said.GOODBYE}


def test_only_a_server_sends_media_and_grants_a_log_in() -> None:
    for state in State:
        for said in (Said.MEDIA, Said.LOGGED_IN):
            assert (state, CLIENT, said) not in TRANSITIONS


def test_nothing_is_said_after_the_end() -> None:
    for said in set(Said) - {Said.GOODBYE}:
        for side in Side:
            with pytest.raises(ProtocolError):
                after(State.CLOSED, side, said)


def test_from_every_state_there_is_a_way_to_the_end() -> None:
    for state in State:
        for side in Side:
            assert after(state, side, Said.GOODBYE) is State.CLOSED
