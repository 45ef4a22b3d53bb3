from __future__ import annotations

import asyncio
import hashlib
import itertools
from pathlib import Path

import pytest

from axxond.devices.demo import clips, player
from axxond.devices.demo.requests import DigestLogin
from axxond.devices.demo.server import Stream
from axxond.devices.demo.sound import sound_track
from protocol.types import Codec
from tests.axxond.devices.demo.conftest import Rtp, serving


@pytest.fixture
def stream(fast_clip: Path) -> Stream:
    return Stream("Door", "door", [clips.read_video(fast_clip)])


@pytest.fixture
def talking(stream: Stream, request: pytest.FixtureRequest) -> Stream:
    """With sound of the codec that the test names."""
    return Stream("Door", "door", [*stream.tracks, sound_track(request.param)])


@pytest.mark.parametrize("talking", [Codec.AAC], indirect=True)
async def test_a_description_names_codec_parameters_and_tracks(talking: Stream) -> None:
    async with serving(talking) as bench:
        client = await bench.connect("door")
        status, headers = await client.ask("DESCRIBE", Accept="application/sdp")
    assert status == 200
    assert headers["Content-Type"] == "application/sdp"
    assert headers["Content-Base"] == f"{client.base}/"
    lines = headers["body"].split("\r\n")
    assert "m=video 0 RTP/AVP 96" in lines
    assert "a=rtpmap:96 H264/90000" in lines
    assert "m=audio 0 RTP/AVP 97" in lines
    assert "a=rtpmap:97 MPEG4-GENERIC/16000/1" in lines
    assert [line for line in lines if "control" in line] == [
        "a=control:*",
        "a=control:track0",
        "a=control:track1",
    ]


async def test_units_arrive_whole_and_go_on_over_the_loop(stream: Stream) -> None:
    track = stream.tracks[0]
    async with serving(stream) as bench:
        client = await bench.connect("door")
        await client.play()
        units: list[list[Rtp]] = [[]]
        while len(units) < 46:
            packet = await client.rtp()
            units[-1].append(packet)
            if packet.marker:
                units.append([])
    units.pop()
    packets = [packet for unit in units for packet in unit]
    first = packets[0].sequence
    assert [p.sequence for p in packets] == [(first + n) & 0xFFFF for n in range(len(packets))]
    stamps = [unit[0].timestamp for unit in units]
    steps = {(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(stamps)}
    assert steps == {90_000 // 500}
    begin = next(
        place
        for place in (0, 10)
        if list(track.units[place].payloads) == [packet.payload for packet in units[0]]
    )
    for number, unit in enumerate(units):
        expected = track.units[(begin + number) % len(track.units)]
        assert tuple(packet.payload for packet in unit) == expected.payloads


async def test_play_tells_where_the_stream_begins(stream: Stream) -> None:
    async with serving(stream) as bench:
        client = await bench.connect("door")
        headers = await client.play()
        packet = await client.rtp()
    assert f"seq={packet.sequence};" in headers["RTP-Info"]
    assert headers["RTP-Info"].endswith(f"rtptime={packet.timestamp}")


@pytest.mark.parametrize("talking", [Codec.PCMU], indirect=True)
async def test_video_and_sound_come_on_their_channels(talking: Stream) -> None:
    async with serving(talking) as bench:
        client = await bench.connect("door")
        await client.play(tracks=2)
        packets = [await client.rtp() for _ in range(200)]
    sound = [packet for packet in packets if packet.channel == 2]
    assert {packet.channel for packet in packets} == {0, 2}
    assert {len(packet.payload) for packet in sound} == {320}
    steps = {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(sound)}
    assert steps == {320}


async def test_sender_reports_come_with_the_media(stream: Stream) -> None:
    async with serving(stream) as bench:
        client = await bench.connect("door")
        await client.play()
        for _ in range(300):
            channel, data = await client.frame()
            if channel == 1:
                break
    assert channel == 1
    assert data[1] == 200


async def test_what_was_sent_is_counted(stream: Stream) -> None:
    async with serving(stream) as bench:
        client = await bench.connect("door")
        await client.play()
        for _ in range(50):
            await client.rtp()
        bench.server.pacer.stop()
        sent = stream.stats.as_dict()
        received = 50
        while received < sent["packets"]:
            await client.rtp()
            received += 1
        status, _ = await client.ask("TEARDOWN")
        assert status == 200
    assert sent["playing"] == 1
    assert sent["sessions"] == 1
    assert sent["video_units"] > 0
    assert stream.stats.playing == 0


async def test_a_client_that_does_not_read_is_cut_and_disturbs_nobody(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "MAX_UNSENT_BYTES", 64 << 10)
    async with serving(stream) as bench:
        lazy = await bench.connect("door")
        await lazy.play()
        lazy.writer.transport.pause_reading()
        reading = await bench.connect("door")
        await reading.play()
        while not stream.stats.overflows:
            await reading.rtp()
        while stream.stats.playing > 1:
            await reading.rtp()
        await reading.rtp()
    assert stream.stats.overflows == 1


async def test_a_client_that_vanishes_ends_its_session(stream: Stream) -> None:
    async with serving(stream) as bench:
        gone = await bench.connect("door")
        await gone.play()
        gone.writer.transport.abort()
        other = await bench.connect("door")
        await other.play()
        while stream.stats.playing > 1:
            await other.rtp()
    assert stream.stats.sessions == 2


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("OPTIONS", "", {}, 200),
        ("DESCRIBE", "", {}, 200),
        ("DESCRIBE", "/other", {}, 404),
        ("SETUP", "", {"Transport": "RTP/AVP/TCP;unicast"}, 455),
        ("SETUP", "/track7", {"Transport": "RTP/AVP/TCP;unicast"}, 404),
        ("SETUP", "/track0", {"Transport": "RTP/AVP;unicast;client_port=5000-5001"}, 461),
        ("SETUP", "/track0", {"Transport": "RTP/AVP/TCP;interleaved=255-256"}, 461),
        ("PLAY", "", {}, 454),
        ("PLAY", "", {"Session": "not-mine"}, 454),
        ("TEARDOWN", "", {}, 454),
        ("GET_PARAMETER", "", {}, 200),
        ("RECORD", "", {}, 405),
    ],
)
async def test_requests_have_their_status(
    stream: Stream, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with serving(stream) as bench:
        client = await bench.connect("door")
        assert (await client.ask(method, path, **headers))[0] == status


async def test_nonsense_ends_the_connection_with_an_error(stream: Stream) -> None:
    async with serving(stream) as bench:
        client = await bench.connect("door")
        client.writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        assert await client.reader.read() == b"RTSP/1.0 400 Bad Request\r\n\r\n"


async def test_digest_login(stream: Stream) -> None:
    login = DigestLogin("joe", "secret", "abcdef")
    async with serving(stream, login=login) as bench:
        client = await bench.connect("door")
        status, headers = await client.ask("DESCRIBE")
        assert status == 401
        assert headers["WWW-Authenticate"] == login.challenge

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        first, second = md5(f"joe:{login.realm}:secret"), md5(f"DESCRIBE:{client.base}")
        answer = md5(f"{first}:abcdef:{second}")
        authorization = (
            f'Digest username="joe", realm="{login.realm}", nonce="abcdef", '
            f'uri="{client.base}", response="{answer}"'
        )
        status, _ = await client.ask("DESCRIBE", Authorization=authorization)
        assert status == 200


async def test_all_viewers_of_a_stream_see_the_same_moment(stream: Stream) -> None:
    async with serving(stream) as bench:
        one, two = await bench.connect("door"), await bench.connect("door")
        await asyncio.gather(one.play(), two.play())
        await asyncio.gather(one.rtp(), two.rtp())
        bench.server.pacer.stop()
    assert stream.stats.sessions == 2
