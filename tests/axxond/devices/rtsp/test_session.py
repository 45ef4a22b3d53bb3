"""The conversation: what is asked for, and what each answer leads to."""

from __future__ import annotations

import re

import pytest

from axxond.devices.port import DeviceError
from axxond.devices.rtsp import messages
from axxond.devices.rtsp.messages import MalformedError, Response
from axxond.devices.rtsp.session import (
    PICTURE,
    PICTURE_AND_SOUND,
    TRANSITIONS,
    Redirected,
    Session,
    State,
)
from protocol.types import FailureKind
from tests.axxond.devices.rtsp import wire

BOTH = wire.sdp(wire.H264_LINES, wire.AAC_LINES)
BASIC = 'WWW-Authenticate: Basic realm="x"'


def digest(nonce: str = "n1", stale: str = "false") -> str:
    return f'WWW-Authenticate: Digest realm="x", nonce="{nonce}", stale={stale}'


class Talk:
    """A session and the test as its server."""

    def __init__(self, user: str = "", password: str = "", audio: bool = True) -> None:
        self.session = Session(wire.URL, user, password, PICTURE_AND_SOUND if audio else PICTURE)
        self.asked = self.session.begin().decode()

    def cseq(self) -> int:
        found = re.search(r"CSeq: (\d+)", self.asked)
        assert found is not None
        return int(found[1])

    def answer(self, status: str = "200 OK", *headers: str, body: bytes = b"") -> str:
        data = wire.response(self.cseq(), status, headers, body)
        return self.raw(data)

    def raw(self, data: bytes) -> str:
        found = messages.parse(data, 0, len(data))
        assert found is not None
        self.asked = self.session.receive(found[0]).decode()
        return self.asked

    def failure(self, status: str, *headers: str, body: bytes = b"") -> DeviceError:
        with pytest.raises(DeviceError) as caught:
            self.answer(status, *headers, body=body)
        assert wire.URL in str(caught.value)
        return caught.value


def described(body: bytes = BOTH, *headers: str, **options: object) -> Talk:
    talk = Talk(**options)  # type: ignore[arg-type]
    talk.answer("200 OK", "Public: GET_PARAMETER, PLAY")
    talk.answer("200 OK", *headers, body=body)
    return talk


def playing() -> Talk:
    talk = described()
    talk.answer("200 OK", "Session: 42;timeout=20", "Transport: RTP/AVP/TCP;interleaved=0-1")
    talk.answer("200 OK", "Session: 42", "Transport: RTP/AVP/TCP;interleaved=2-3")
    talk.answer()
    assert talk.session.is_playing
    return talk


def test_the_whole_conversation() -> None:
    talk = Talk()
    assert talk.asked.startswith(f"OPTIONS {wire.URL} RTSP/1.0\r\n")
    assert talk.answer("200 OK", "Public: PLAY").startswith(f"DESCRIBE {wire.URL} ")
    assert "Accept: application/sdp" in talk.asked
    assert talk.answer("200 OK", body=BOTH).startswith(f"SETUP {wire.URL}/stream=0 ")
    assert "Transport: RTP/AVP/TCP;unicast;interleaved=0-1" in talk.asked
    assert talk.answer("200 OK", "Session: 42;timeout=20").startswith(f"SETUP {wire.URL}/stream=1")
    assert "interleaved=2-3" in talk.asked
    assert "Session: 42\r\n" in talk.asked
    assert talk.answer().startswith(f"PLAY {wire.URL} ")
    assert "Range: npt=0.000-" in talk.asked
    assert talk.answer() == ""
    assert talk.session.is_playing
    assert [chosen.channel for chosen in talk.session.chosen] == [0, 2]
    assert talk.session.timeout_s == 20
    assert talk.session.teardown().startswith(b"TEARDOWN ")
    assert talk.session.state is State.ENDED


def test_sound_that_is_not_wanted_is_not_set_up() -> None:
    talk = described(audio=False)
    assert talk.answer("200 OK", "Session: 42").startswith("PLAY ")


def test_sound_that_the_camera_refuses_is_left_out() -> None:
    talk = described()
    talk.answer("200 OK", "Session: 42")
    assert talk.answer("461 Unsupported Transport").startswith("PLAY ")
    assert len(talk.session.chosen) == 1


def test_talk_back_and_metadata_are_passed_over() -> None:
    back = wire.PCMU_LINES + "a=sendonly\r\n"
    data = "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
    talk = described(wire.sdp(data, back, wire.H264_LINES))
    assert talk.asked.startswith(f"SETUP {wire.URL}/stream=0 ")
    assert talk.answer("200 OK", "Session: 42").startswith("PLAY ")


@pytest.mark.parametrize("header", ["Content-Base", "Content-Location"])
def test_the_base_that_the_server_names_is_used_without_a_log_in_in_it(header: str) -> None:
    talk = described(BOTH, f"{header}: rtsp://a:b@198.51.100.1/other/")
    assert talk.asked.startswith("SETUP rtsp://198.51.100.1/other/stream=0 ")


def test_the_channels_that_the_server_chooses_are_taken() -> None:
    talk = described()
    talk.answer("200 OK", "Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=10-11;ssrc=1")
    talk.answer("200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=6-7")
    assert [chosen.channel for chosen in talk.session.chosen] == [10, 6]


def test_two_tracks_on_one_channel_are_refused() -> None:
    talk = described()
    talk.answer("200 OK", "Session: 1", "Transport: RTP/AVP/TCP;interleaved=0-1")
    with pytest.raises(MalformedError):
        talk.answer("200 OK", "Transport: RTP/AVP/TCP;interleaved=0-1")


def test_a_log_in_is_answered_once_per_nonce() -> None:
    talk = Talk("guard", "secret")
    again = talk.answer("401 Unauthorized", digest())
    assert again.startswith("OPTIONS ")
    assert "Authorization: Digest" in again
    failed = talk.failure("401 Unauthorized", digest("n2"))
    assert failed.kind is FailureKind.LOGIN
    assert '"guard"' in str(failed)
    assert "secret" not in str(failed)


def test_a_nonce_that_expired_is_renewed() -> None:
    talk = Talk("guard", "secret")
    talk.answer("401 Unauthorized", digest("n1"))
    assert 'nonce="n2"' in talk.answer("401 Unauthorized", digest("n2", "true"))
    talk.answer()
    assert 'nonce="n3"' in talk.answer("401 Unauthorized", digest("n3"))
    assert talk.asked.startswith("DESCRIBE ")


def test_a_server_that_always_says_stale_is_given_up() -> None:
    talk = Talk("guard", "secret")
    for number in range(3):
        talk.answer("401 Unauthorized", digest(f"n{number}", "true"))
    assert talk.failure("401 Unauthorized", digest("n9", "true")).kind is FailureKind.LOGIN


def test_a_log_in_that_is_wanted_but_not_known_is_told() -> None:
    assert "enter them" in str(Talk().failure("401 Unauthorized", digest()))
    negotiate = Talk("guard", "x").failure("401 Unauthorized", "WWW-Authenticate: Negotiate")
    assert negotiate.kind is FailureKind.UNSUPPORTED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("404 Not Found", FailureKind.NOT_VIDEO),
        ("403 Forbidden", FailureKind.LOGIN),
        ("453 Not Enough Bandwidth", FailureKind.UNREACHABLE),
        ("503 Service Unavailable", FailureKind.UNREACHABLE),
        ("551 Option not supported", FailureKind.UNSUPPORTED),
        ("400 Bad Request", FailureKind.NOT_VIDEO),
    ],
)
def test_refusals_of_describe_are_told_by_kind(status: str, kind: FailureKind) -> None:
    talk = Talk("guard", "secret")
    talk.answer()
    failed = talk.failure(status)
    assert failed.kind is kind
    assert status in str(failed)


def test_a_camera_that_knows_no_options_is_described_all_the_same() -> None:
    assert Talk().answer("501 Not Implemented").startswith("DESCRIBE ")


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>", FailureKind.NOT_VIDEO, "no video"),
        (wire.sdp(wire.PCMU_LINES), FailureKind.NOT_VIDEO, "no video"),
        (
            wire.sdp("m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"),
            FailureKind.UNSUPPORTED,
            "VP8",
        ),
    ],
)
def test_a_description_without_a_usable_picture_is_told(
    body: bytes, kind: FailureKind, words: str
) -> None:
    talk = Talk()
    talk.answer()
    failed = talk.failure("200 OK", body=body)
    assert failed.kind is kind
    assert words in str(failed)


def test_a_server_that_offers_only_udp_is_told() -> None:
    talk = described()
    udp = "Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001"
    assert talk.failure("200 OK", "Session: 1", udp).kind is FailureKind.UNSUPPORTED
    assert described().failure("461 Unsupported").kind is FailureKind.UNSUPPORTED


def test_redirections_are_followed_by_the_caller() -> None:
    for location, url in (
        ("rtsp://198.51.100.1:8554/new", "rtsp://198.51.100.1:8554/new"),
        ("/new", "rtsp://192.0.2.10/new"),
    ):
        talk = Talk()
        with pytest.raises(Redirected) as caught:
            talk.answer("302 Found", f"Location: {location}")
        assert caught.value.url == url
    with pytest.raises(MalformedError):
        Talk().answer("302 Found")


def test_keep_alive_uses_what_the_camera_knows() -> None:
    assert playing().session.keep_alive().startswith(b"GET_PARAMETER ")
    talk = Talk()
    talk.answer("200 OK", "Public: OPTIONS")
    assert talk.session.keep_alive().startswith(b"OPTIONS ")


def test_while_playing_only_a_forgotten_session_ends_it() -> None:
    talk = playing()
    talk.asked = talk.session.keep_alive().decode()
    assert talk.answer("501 Not Implemented") == ""
    talk.asked = talk.session.keep_alive().decode()
    assert talk.failure("454 Session Not Found").kind is FailureKind.CLOSED


def test_a_nonce_that_expires_while_playing_is_renewed() -> None:
    talk = described(BOTH, user="guard", password="secret")
    talk.answer("200 OK", "Session: 42")
    talk.answer()
    talk.answer()
    talk.asked = talk.session.keep_alive().decode()
    assert talk.answer("401 Unauthorized", digest("later")).startswith("GET_PARAMETER ")
    assert 'nonce="later"' in talk.asked


def test_the_server_s_own_requests_are_answered() -> None:
    talk = playing()
    for method, status in (("OPTIONS", "200"), ("SET_PARAMETER", "200"), ("REDIRECT", "501")):
        answer = talk.raw(f"{method} * RTSP/1.0\r\nCSeq: 9\r\n\r\n".encode())
        assert answer.startswith(f"RTSP/1.0 {status}")
        assert "CSeq: 9" in answer
    with pytest.raises(DeviceError) as caught:
        talk.raw(b"TEARDOWN * RTSP/1.0\r\nCSeq: 9\r\n\r\n")
    assert caught.value.kind is FailureKind.CLOSED
    with pytest.raises(Redirected):
        playing().raw(b"REDIRECT * RTSP/1.0\r\nLocation: rtsp://x/\r\n\r\n")


def test_a_server_without_cseq_is_answered_in_order() -> None:
    talk = Talk()
    asked = talk.session.receive(Response(200, "OK"))
    assert asked.startswith(b"DESCRIBE ")


def test_answers_to_nothing_are_ignored() -> None:
    talk = Talk()
    assert talk.session.receive(Response(200, "OK", {"cseq": ["77"]})) == b""
    assert talk.session.state is State.OPTIONS
    assert talk.answer("100 Continue") == ""


def test_session_numbers_and_timeouts_are_read_with_care() -> None:
    for text, seconds in (
        ("42", 60),
        ("42 ; Timeout = 30 ", 30),
        ("42;timeout=1", 5),
        ("42;timeout=999999999999", 3600),
        ("42;timeout=x", 60),
    ):
        talk = described()
        talk.answer("200 OK", f"Session: {text}")
        assert talk.session.timeout_s == seconds
        assert "Session: 42\r\n" in talk.asked


def test_requests_that_were_never_answered_are_forgotten() -> None:
    talk = playing()
    for _ in range(1000):
        talk.session.keep_alive()
    assert len(talk.session._pending) <= 8


def test_every_state_but_the_last_can_end() -> None:
    assert set(TRANSITIONS) == set(State)
    for state, following in TRANSITIONS.items():
        assert (State.ENDED in following) == (state is not State.ENDED)
