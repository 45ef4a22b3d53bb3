from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from attrs import evolve

from axxond.server.listener import Server
from axxond.server.outbound import MAX_LIVE_BYTES
from axxond.stream.hub import Gap, StreamHub, StreamKey
from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.transport import client_context
from protocol.types import Box, GapReason, SeenObject, StreamRole
from tests.fakes.system import AUDIO, START_US, VIDEO, FakeSystem, sound, video


def numbers(client, channel: int | None = None) -> list[int]:
    """Which packets of `video` came."""
    return [
        int.from_bytes(frame.payload[:4], "big")
        for frame in client.frames
        if frame.track == 0 and channel in (None, frame.channel)
    ]


def publish(system: FakeSystem, first: int, last: int, size_bytes: int = 2000) -> None:
    for number in range(first, last):
        system.cameras.high().publish(video(number, size_bytes=size_bytes))


async def test_a_viewer_gets_format_and_newest_gop_at_once_then_what_follows(client, system):
    publish(system, 0, 60)
    somebody = await client("viewer")
    opened = await somebody.ask(m.OpenLive("cam1"))
    await somebody.until(lambda: len(somebody.frames) == 10)
    publish(system, 60, 80)
    await somebody.until(lambda: len(somebody.frames) == 30)
    assert somebody.heard[0] == m.FormatNotice(opened.channel, 0, VIDEO)
    assert numbers(somebody) == list(range(50, 80))
    first = somebody.frames[0]
    assert (first.keyframe, first.pts_us, first.generation) == (True, START_US + 2_000_000, 0)
    assert {frame.channel for frame in somebody.frames} == {opened.channel}


async def test_the_second_viewer_shares_channel_and_gop(client, system: FakeSystem):
    publish(system, 0, 30)
    first, second = await client(), await client("viewer")
    one = await first.ask(m.OpenLive("cam1"))
    publish(system, 30, 40)
    two = await second.ask(m.OpenLive("cam1"))
    publish(system, 40, 45)
    await first.until(lambda: len(first.frames) == 20)
    await second.until(lambda: len(second.frames) == 20)
    assert one == two
    assert numbers(first) == numbers(second) == list(range(25, 45))


async def test_sound_comes_only_to_who_asked(client, system: FakeSystem):
    publish(system, 0, 1)
    deaf, hearing = await client(), await client()
    await deaf.ask(m.OpenLive("cam1"))
    await hearing.ask(m.OpenLive("cam1", audio=True))
    system.cameras.high().publish(sound(0))
    publish(system, 1, 2)
    await deaf.until(lambda: len(deaf.frames) == 2)
    await hearing.until(lambda: len(hearing.frames) == 3)
    assert [frame.track for frame in deaf.frames] == [0, 0]
    assert [frame.track for frame in hearing.frames] == [0, 1, 0]
    assert hearing.notices(m.FormatNotice)[1].format == AUDIO


async def test_a_stream_of_sound_alone_begins_with_any_packet(client, system: FakeSystem):
    somebody = await client()
    system.cameras.high().publish(sound(0))
    await somebody.ask(m.OpenLive("cam1", audio=True))
    system.cameras.high().publish(sound(1))
    await somebody.until(lambda: somebody.frames)
    assert {frame.track for frame in somebody.frames} == {1}


async def test_a_camera_with_one_stream_has_a_channel_for_each_role(client, system: FakeSystem):
    high = system.cameras.high()
    system.cameras.hubs[StreamKey("cam1", StreamRole.LOW)] = high
    publish(system, 0, 1)
    somebody = await client()
    one = await somebody.ask(m.OpenLive("cam1", StreamRole.HIGH))
    two = await somebody.ask(m.OpenLive("cam1", StreamRole.LOW))
    await somebody.until(lambda: len(somebody.frames) == 2)
    assert one != two
    assert {frame.channel for frame in somebody.frames} == {one.channel, two.channel}


async def test_opening_again_is_counted_and_turns_the_sound_on(client, system: FakeSystem):
    publish(system, 0, 1)
    somebody = await client()
    one = await somebody.ask(m.OpenLive("cam1"))
    two = await somebody.ask(m.OpenLive("cam1", audio=True))
    assert one == two
    await somebody.ask(m.CloseChannel(one.channel))
    system.cameras.high().publish(sound(1))
    await somebody.until(lambda: len(somebody.frames) == 2)
    await somebody.ask(m.CloseChannel(one.channel))
    assert system.cameras.detections._calls == []


async def test_a_closed_channel_sends_nothing_more_and_frees_the_hub(client, system: FakeSystem):
    publish(system, 0, 1)
    somebody = await client()
    opened = await somebody.ask(m.OpenLive("cam1"))
    await somebody.until(lambda: somebody.frames)
    await somebody.ask(m.CloseChannel(opened.channel))
    publish(system, 1, 25)
    await somebody.ask(m.GetStatus())
    assert numbers(somebody) == [0]
    assert system.cameras.high()._subscribers == []


async def test_a_lost_client_frees_the_hub(client, system: FakeSystem):
    publish(system, 0, 1)
    somebody, other = await client(), await client()
    await somebody.ask(m.OpenLive("cam1"))
    out = asyncio.Event()
    system.bus.listen(lambda event: out.set())
    somebody.wire.abort()
    await asyncio.wait_for(out.wait(), 10)
    await other.ask(m.GetStatus())
    assert system.cameras.high()._subscribers == []


async def test_an_interruption_is_told_and_the_picture_comes_back(client, system: FakeSystem):
    publish(system, 0, 3)
    somebody = await client()
    await somebody.ask(m.OpenLive("cam1"))
    hub = system.cameras.high()
    hub.interrupt(Gap(START_US, GapReason.CAMERA_DOWN, "it went away"))
    publish(system, 30, 33)  # no key frame: of no use to anyone
    hub.publish(evolve(video(50), discontinuity=True))
    await somebody.until(lambda: len(somebody.frames) == 4)
    (notice,) = somebody.notices(m.ChannelNotice)
    assert (notice.what, notice.text) == ("no-signal", "it went away")
    assert numbers(somebody) == [0, 1, 2, 50]
    assert somebody.frames[-1].discontinuity


async def test_a_camera_that_is_not_there_says_so_at_once(client, system: FakeSystem):
    somebody = await client()
    await somebody.ask(m.OpenLive("cam2", StreamRole.LOW))
    await somebody.until(lambda: somebody.notices(m.ChannelNotice))
    assert somebody.notices(m.ChannelNotice)[0].what == "no-signal"


async def test_an_unknown_camera_is_not_found(client):
    somebody = await client()
    with pytest.raises(ProtocolError) as caught:
        await somebody.ask(m.OpenLive("cam9"))
    assert (caught.value.code, caught.value.obj) == (ErrorCode.NOT_FOUND, "cam9")


async def test_a_removed_camera_closes_its_channel_and_can_be_opened_anew(client, system):
    publish(system, 0, 1)
    somebody = await client()
    await somebody.ask(m.OpenLive("cam1"))
    await somebody.until(lambda: somebody.frames)
    old = system.cameras.high()
    old.close()
    await somebody.until(lambda: somebody.notices(m.ChannelNotice))
    assert somebody.notices(m.ChannelNotice)[0].what == "closed"
    system.cameras.hubs[old.key] = StreamHub(old.key)
    publish(system, 0, 1)
    await somebody.ask(m.OpenLive("cam1"))
    await somebody.until(lambda: len(somebody.frames) == 2)


async def test_detections_are_drawn_on_live_channels(client, system: FakeSystem):
    publish(system, 0, 1)
    somebody = await client()
    opened = await somebody.ask(m.OpenLive("cam1"))
    await somebody.until(lambda: somebody.frames)
    seen = [SeenObject(Box(0.1, 0.2, 0.3, 0.4), 7, True)]
    system.cameras.detections.tell(START_US, seen)
    await somebody.until(lambda: somebody.notices(m.DetectionNotice))
    assert somebody.notices(m.DetectionNotice) == [
        m.DetectionNotice(opened.channel, START_US, seen)
    ]


async def test_who_does_not_read_skips_and_disturbs_nobody(client, system, server: Server):
    """A client that stops reading: bounded memory here, all packets for the other one."""
    publish(system, 0, 1)
    slow, quick = await client(), await client()
    await slow.ask(m.OpenLive("cam1"))
    await slow.until(lambda: slow.frames)
    await quick.ask(m.OpenLive("cam1"))
    slow.wire._transport.pause_reading()
    (session,) = [
        item
        for item in server._sessions
        if item.connection.peer_port == slow.wire._transport.get_extra_info("sockname")[1]
    ]
    most = 0
    for first in range(1, 801, 10):
        publish(system, first, first + 10, 50_000)
        await quick.until(lambda first=first: len(quick.frames) == first + 10)
        most = max(most, session.connection.outbound_bytes)
    assert numbers(quick) == list(range(801))
    assert most < MAX_LIVE_BYTES + 1_000_000  # of 40 MB
    slow.wire._transport.resume_reading()
    number = 800
    while not slow.notices(m.ChannelNotice):  # it goes on with the key frame that finds room
        number += 1
        publish(system, number, number + 1)
        await quick.until(lambda n=number: len(quick.frames) == n + 1)
    (notice,) = slow.notices(m.ChannelNotice)
    await slow.until(lambda: slow.heard[-1] != notice)
    after = slow.heard[slow.heard.index(notice) + 1]
    assert (notice.what, after.keyframe) == ("skipped", True)
    before = [item for item in slow.heard[: slow.heard.index(notice)] if hasattr(item, "payload")]
    resumed = int.from_bytes(after.payload[:4], "big")
    assert notice.count == resumed - len(before)
    assert resumed % 25 == 0


async def test_garbage_ends_the_connection_and_nothing_else(client, system, server: Server):
    somebody = await client()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=client_context(), family=socket.AF_INET
    )
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert b"no frame of this protocol" in await reader.read()
    writer.close()
    huge = struct.pack(">2sBBII", b"AX", 1, 1, 1 << 31, 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context())
    writer.write(huge)
    assert b"limit" in await reader.read()
    writer.close()
    await somebody.ask(m.GetStatus())
