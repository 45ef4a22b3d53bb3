"""Session descriptions as cameras write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp import sdp
from axxond.devices.rtsp.messages import MalformedError

CAMERA = b"""v=0\r
o=- 1 1 IN IP4 192.0.2.10\r
s=Media\r
a=control:rtsp://192.0.2.10/stream/\r
m=video 0 RTP/AVP 96 97\r
b=AS:5000\r
a=framerate:25.0\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1; profile-level-id=640028; sprop-parameter-sets=Z2Q=,aO4=\r
a=rtpmap:97 H265/90000\r
a=control:trackID=1\r
m=audio 0 RTP/AVP 98\r
a=rtpmap:98 mpeg4-generic/16000/2\r
a=control:trackID=2\r
a=recvonly\r
m=audio 0 RTP/AVP 0\r
a=control:trackID=3\r
a=sendonly\r
m=application 0 RTP/AVP 107\r
a=rtpmap:107 vnd.onvif.metadata/90000\r
"""


def test_a_usual_description() -> None:
    found = sdp.parse(CAMERA)
    assert found.control == "rtsp://192.0.2.10/stream/"
    video, audio, talk, metadata = found.media
    assert [(f.payload_type, f.encoding) for f in video.formats] == [(96, "H264"), (97, "H265")]
    assert video.formats[0].parameters["sprop-parameter-sets"] == "Z2Q=,aO4="
    assert video.frame_rate == 25
    assert audio.formats[0].encoding == "MPEG4-GENERIC"
    assert (audio.formats[0].clock_rate, audio.formats[0].channels) == (16000, 2)
    assert (talk.direction, talk.formats[0].encoding) == ("sendonly", "PCMU")
    assert metadata.kind == "application"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_all_line_ends_are_read(end: bytes) -> None:
    assert sdp.parse(CAMERA.replace(b"\r\n", end)) == sdp.parse(CAMERA)


@pytest.mark.parametrize(
    ("number", "encoding", "rate"),
    [(0, "PCMU", 8000), (8, "PCMA", 8000), (26, "JPEG", 90000), (2, "G726-32", 8000)],
)
def test_static_payload_types_need_no_rtpmap(number: int, encoding: str, rate: int) -> None:
    found = sdp.parse(f"m=x 0 RTP/AVP {number}\n".encode()).media[0].formats[0]
    assert (found.encoding, found.clock_rate) == (encoding, rate)


def test_a_dynamic_video_type_without_rtpmap_is_taken_for_h264() -> None:
    assert sdp.parse(b"m=video 0 RTP/AVP 96\n").media[0].formats[0].encoding == "H264"
    assert sdp.parse(b"m=audio 0 RTP/AVP 96\n").media[0].formats == []


def test_a_map_without_rate_or_with_a_broken_one_falls_back() -> None:
    body = b"m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/x\n"
    audio, video = sdp.parse(body).media
    assert audio.formats[0].clock_rate == 8000
    assert video.formats[0].clock_rate == 90000


def test_fmtp_under_a_wrong_number_goes_to_the_only_format() -> None:
    body = b"m=video 0 RTP/AVP 98\na=rtpmap:98 H264/90000\na=fmtp:96 packetization-mode=1\n"
    assert sdp.parse(body).media[0].formats[0].parameters == {"packetization-mode": "1"}


def test_types_that_only_the_maps_name_are_found() -> None:
    body = b"m=video 0 RTP/AVP\na=rtpmap:96 H265/90000\n"
    assert sdp.parse(body).media[0].formats[0].encoding == "H265"


@pytest.mark.parametrize("line", [b"a=x-dimensions:3840,2160", b"a=framesize:26 3840-2160"])
def test_the_picture_size_is_read(line: bytes) -> None:
    body = b"m=video 0 RTP/AVP 26\n" + line + b"\n"
    assert sdp.parse(body).media[0].formats[0].size == (3840, 2160)


@pytest.mark.parametrize("body", [b"", b"v=0\r\n", b"<html>not a description</html>"])
def test_a_description_without_media_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        sdp.parse(body)


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://h/s", "", "rtsp://h/s"),
        ("rtsp://h/s", "*", "rtsp://h/s"),
        ("rtsp://h/s/", "trackID=1", "rtsp://h/s/trackID=1"),
        ("rtsp://h/s", "trackID=1", "rtsp://h/s/trackID=1"),
        ("rtsp://h/s?a=b", "trackID=1", "rtsp://h/s?a=b/trackID=1"),
        ("rtsp://h/s", "?track=1", "rtsp://h/s?track=1"),
        ("rtsp://h/s", "rtsp://0.0.0.0/other", "rtsp://0.0.0.0/other"),
        ("rtsp://h:8554/a/b", "/c", "rtsp://h:8554/c"),
    ],
)
def test_control_addresses_as_players_practise_them(base: str, control: str, url: str) -> None:
    assert sdp.control_url(base, control) == url


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for body in (data, b"m=video 0 RTP/AVP 96\n" + data, b"m=video 0 RTP/AVP 96\na=fmtp:" + data):
        try:
            found = sdp.parse(body)
        except MalformedError:
            continue
        for medium in found.media:
            assert all(0 < one.clock_rate < 1 << 31 for one in medium.formats)
