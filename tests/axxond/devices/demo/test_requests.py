from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.demo.requests import (
    BadRequestError,
    DigestLogin,
    RequestReader,
    RtspRequest,
)

OPTIONS = b"OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n"
EXPECTED = RtspRequest("OPTIONS", "rtsp://h/a", {"cseq": "1"})


def test_a_request_may_come_in_pieces() -> None:
    reader = RequestReader()
    found = [
        request for at in range(len(OPTIONS)) for request in reader.feed(OPTIONS[at : at + 1])
    ]
    assert found == [EXPECTED]


def test_rtcp_between_requests_is_skipped() -> None:
    frame = b"$\x01\x00\x04abcd"
    assert RequestReader().feed(frame + OPTIONS + frame + OPTIONS) == [EXPECTED, EXPECTED]


def test_a_body_is_skipped() -> None:
    request = b"GET_PARAMETER * RTSP/1.0\r\nContent-Length: 5\r\n\r\nhello"
    assert [r.method for r in RequestReader().feed(request + OPTIONS)] == [
        "GET_PARAMETER",
        "OPTIONS",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"OPTIONS a RTSP/1.0\r\nno colon\r\n\r\n",
        b"A" * 20_000,
        b"PLAY a RTSP/1.0\r\nContent-Length: 999999999\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError):
        RequestReader().feed(data)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_give_requests_or_one_clear_error(pieces: list[bytes]) -> None:
    reader = RequestReader()
    with contextlib.suppress(BadRequestError):
        for piece in pieces:
            for request in reader.feed(piece):
                assert request.method


def _answer(user: str, password: str, realm: str, nonce: str, method: str, uri: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    response = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:{md5(f'{method}:{uri}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}"'
    )


def test_digest_accepts_the_right_password_only() -> None:
    login = DigestLogin("joe", 's e:"x', "0123")
    arguments = (login.realm, login.nonce, "PLAY", "rtsp://h/a")
    assert login.accepts("PLAY", _answer("joe", 's e:"x', *arguments))
    assert not login.accepts("PLAY", _answer("joe", "wrong", *arguments))
    assert not login.accepts("PLAY", _answer("jane", 's e:"x', *arguments))
    assert not login.accepts("SETUP", _answer("joe", 's e:"x', *arguments))
    assert not login.accepts("PLAY", "Basic am9lOng=")
    assert not login.accepts("PLAY", "")


def test_another_nonce_is_refused() -> None:
    login = DigestLogin("joe", "x", "0123")
    assert not login.accepts("PLAY", _answer("joe", "x", login.realm, "9", "PLAY", "a"))
