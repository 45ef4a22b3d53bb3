"""RTSP messages: the clean, the sloppy, and what must be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp import messages
from axxond.devices.rtsp.messages import HttpError, MalformedError, Request, Response


def parse(data: bytes) -> tuple[messages.Message, int] | None:
    return messages.parse(data, 0, len(data))


def response(data: bytes) -> Response:
    found = parse(data)
    assert found is not None
    assert isinstance(found[0], Response)
    return found[0]


def test_a_response_has_status_headers_and_body() -> None:
    data = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nbodyRTSP"
    found = parse(data)
    assert found is not None
    message, end = found
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.cseq) == (200, "OK", 3)
    assert message.body == b"body"
    assert end == len(data) - 4


@pytest.mark.parametrize(
    "data",
    [
        b"RTSP/1.0 200 OK\nCSeq: 3\nSession:  12;timeout=60\n\n",
        b"RTSP/1.0 200\r\ncseq:3\r\nSESSION: 12;timeout=60\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nno colon here\r\nCSeq: 3\r\nSession: 12;\r\n timeout=60\r\n\r\n",
        b"RTSP/2.0  200  OK \r\nCSeq:\t3\r\nSession: 12;timeout=60\r\n\r\n",
    ],
)
def test_sloppy_servers_are_understood(data: bytes) -> None:
    message = response(data)
    assert message.status == 200
    assert message.cseq == 3
    assert message.first("session").replace(" ", "") == "12;timeout=60"


def test_repeated_headers_are_all_kept() -> None:
    message = response(b"RTSP/1.0 401 No\r\nWWW-Authenticate: a\r\nwww-authenticate: b\r\n\r\n")
    assert message.headers["www-authenticate"] == ["a", "b"]
    assert message.first("www-authenticate") == "a"
    assert message.first("missing") == ""


def test_a_request_of_the_server_is_read() -> None:
    found = parse(b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 9\r\n\r\n")
    assert found is not None
    assert found[0] == Request("OPTIONS", "rtsp://x/", {"cseq": ["9"]})


@pytest.mark.parametrize(
    "text", ["x", "-1", "1.5", "99999999999999999999", "٣", str(messages.MAX_BODY_BYTES + 1)]
)
def test_an_impossible_content_length_is_refused(text: str) -> None:
    data = f"RTSP/1.0 200 OK\r\nContent-Length: {text}\r\n\r\n".encode()
    with pytest.raises(MalformedError):
        parse(data)


def test_an_odd_cseq_is_none() -> None:
    assert response(b"RTSP/1.0 200 OK\r\nCSeq: x\r\n\r\n").cseq is None
    assert response(b"RTSP/1.0 200 OK\r\n\r\n").cseq is None


def test_a_web_server_is_told_from_garbage() -> None:
    with pytest.raises(HttpError):
        parse(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(MalformedError) as caught:
        parse(b"\x16\x03\x01\x02\x00garbage")
    assert not isinstance(caught.value, HttpError)


@pytest.mark.parametrize(
    "data",
    [
        b"RTSP/1.0 2x0 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"x" * messages.MAX_HEAD_BYTES,
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)


WHOLE = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 13\r\n\r\nv=0\r\nm=video "


@given(st.integers(1, len(WHOLE) - 1))
def test_every_beginning_of_a_message_asks_for_more(length: int) -> None:
    assert messages.parse(WHOLE, 0, length) is None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_a_refusal_or_a_wish_for_more(data: bytes) -> None:
    for begin in (b"", b"RTSP/1.0 200 OK\r\n"):
        try:
            found = parse(begin + data)
        except MalformedError:
            continue
        assert found is None or found[1] <= len(begin + data)


def test_requests_are_written_and_line_breaks_refused() -> None:
    data = messages.encode_request("PLAY", "rtsp://x/", {"CSeq": "1"})
    assert data == b"PLAY rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    with pytest.raises(ValueError, match="line break"):
        messages.encode_request("PLAY", "rtsp://x/\r\nEvil: 1", {})


def test_answers_repeat_only_a_number() -> None:
    assert b"CSeq: 7\r\n" in messages.encode_response(200, "OK", "7")
    assert b"CSeq: 0\r\n" in messages.encode_response(200, "OK", "7\r\nEvil: 1")
