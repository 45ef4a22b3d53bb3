from __future__ import annotations

import asyncio

import pytest

from axxond.server import playback
from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from tests.fakes.system import FRAME_US, START_US, VIDEO, FakeSystem

PACKET = 2000
GOP_US = 25 * FRAME_US


def told_of(client) -> list[str]:
    return [notice.what for notice in client.notices(m.ChannelNotice)]


async def settle(client) -> None:
    """Whatever the server had to say before this has come when it returns."""
    for _ in range(3):
        await client.ask(m.GetStatus())


async def test_footage_comes_in_order_from_the_gop_that_holds_the_time(client):
    somebody = await client("viewer")
    from_us = START_US + GOP_US + 3 * FRAME_US
    opened = await somebody.ask(m.OpenPlayback("cam1", from_us))
    await somebody.until(lambda: told_of(somebody))
    assert somebody.heard[0] == m.FormatNotice(opened.channel, 0, VIDEO)
    times = [frame.pts_us for frame in somebody.frames]
    assert times == [START_US + GOP_US + n * FRAME_US for n in range(25 * 7)]
    assert somebody.frames[0].keyframe
    assert told_of(somebody) == ["end"]


@pytest.mark.parametrize("key_frames_only", [False, True])
async def test_footage_that_is_being_recorded_is_followed_until_no_more_comes(
    client, system: FakeSystem, monkeypatch: pytest.MonkeyPatch, key_frames_only: bool
):
    monkeypatch.setattr(playback, "_LOOK_S", 0.01)
    now_us = START_US + 8 * GOP_US + 1_000_000
    monkeypatch.setattr(system.clock, "now_us", lambda: now_us)
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US, key_frames_only=key_frames_only))
    whole = 1 if key_frames_only else 25
    await somebody.until(lambda: len(somebody.frames) == 8 * whole)
    for count in (9, 12):
        system.archives.gops_count = count
        await somebody.until(lambda count=count: len(somebody.frames) == count * whole)
    times = [frame.pts_us for frame in somebody.frames]
    assert times == [START_US + n * FRAME_US for n in range(0, 300, 25 // whole)]
    assert told_of(somebody) == []
    now_us += 20_000_000
    await somebody.until(lambda: told_of(somebody))
    assert told_of(somebody) == ["end"]


async def test_backwards_nothing_is_waited_for(
    client, system: FakeSystem, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(system.clock, "now_us", lambda: START_US + 3 * GOP_US)
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US + 3 * GOP_US - 1, reverse=True))
    await somebody.until(lambda: told_of(somebody))
    assert told_of(somebody) == ["end"]


async def test_no_more_is_sent_than_the_credit_and_reading_waits(client, system: FakeSystem):
    system.archives.gops_count = 100
    somebody = await client()
    opened = await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=10 * PACKET))
    await somebody.until(lambda: len(somebody.frames) == 10)
    await settle(somebody)
    assert len(somebody.frames) == 10
    assert system.archives.read == 1
    somebody.wire.notify(m.Credit(opened.channel, 40 * PACKET))
    await somebody.until(lambda: len(somebody.frames) == 50)
    await settle(somebody)
    assert len(somebody.frames) == 50
    assert system.archives.read == 3  # one GOP ahead of what is sent, no more


async def test_a_key_frame_larger_than_the_credit_passes(client, system: FakeSystem):
    system.archives.packet_bytes = 100_000
    somebody = await client()
    opened = await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=1))
    await somebody.until(lambda: somebody.frames)
    somebody.wire.notify(m.Credit(opened.channel, 100_000))
    await somebody.until(lambda: len(somebody.frames) == 2)


async def test_reverse_gives_the_newest_gop_first_each_in_its_own_order(client):
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US + 3 * GOP_US - 1, reverse=True))
    await somebody.until(lambda: told_of(somebody))
    offsets = [(frame.pts_us - START_US) // FRAME_US for frame in somebody.frames]
    assert offsets == [*range(50, 75), *range(25, 50), *range(25)]
    assert told_of(somebody) == ["end"]


async def test_key_frames_alone(client):
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US, key_frames_only=True))
    await somebody.until(lambda: told_of(somebody))
    assert len(somebody.frames) == 8
    assert told_of(somebody) == ["end"]


async def test_a_seek_begins_the_next_generation_elsewhere(client, system: FakeSystem):
    system.archives.gops_count = 100
    somebody = await client()
    opened = await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=10 * PACKET))
    await somebody.until(lambda: len(somebody.frames) == 10)
    await somebody.ask(m.SeekPlayback(opened.channel, START_US + 50 * GOP_US))
    assert system.archives.closed == 1
    somebody.wire.notify(m.Credit(opened.channel, 5 * PACKET))
    await somebody.until(lambda: len(somebody.frames) == 15)
    new = somebody.frames[10:]
    assert {frame.generation for frame in new} == {1}
    assert new[0].pts_us == START_US + 50 * GOP_US


async def test_a_notice_says_which_seek_it_belongs_to(client):
    somebody = await client()
    opened = await somebody.ask(m.OpenPlayback("cam1", START_US))
    await somebody.until(lambda: told_of(somebody))
    await somebody.ask(m.SeekPlayback(opened.channel, START_US))
    somebody.wire.notify(m.Credit(opened.channel, 10_000_000))
    await somebody.until(lambda: len(told_of(somebody)) == 2)
    assert [notice.generation for notice in somebody.notices(m.ChannelNotice)] == [0, 1]


async def test_of_many_seeks_at_once_only_the_last_is_read_on(client, system: FakeSystem):
    system.archives.gops_count = 100
    somebody = await client()
    opened = await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=PACKET))
    await asyncio.gather(
        *(
            somebody.ask(m.SeekPlayback(opened.channel, START_US + number * GOP_US))
            for number in range(1, 20)
        )
    )
    somebody.wire.notify(m.Credit(opened.channel, 1_000 * PACKET))
    await somebody.until(lambda: somebody.frames and somebody.frames[-1].generation == 19)
    last = [frame for frame in somebody.frames if frame.generation == 19]
    assert last[0].pts_us == START_US + 19 * GOP_US
    await somebody.ask(m.CloseChannel(opened.channel))
    assert system.archives.closed >= 1


async def test_a_hole_is_told_with_the_time_at_which_it_goes_on(client, system: FakeSystem):
    system.archives.gops_count, system.archives.hole_at = 4, 2
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US))
    await somebody.until(lambda: "end" in told_of(somebody))
    hole, _ = somebody.notices(m.ChannelNotice)
    assert (hole.what, hole.time_us) == ("no-footage", START_US + 2 * GOP_US + 10_000_000)
    position = somebody.heard.index(hole)
    assert somebody.heard[position + 1].pts_us == hole.time_us


async def test_a_camera_without_footage_says_so(client):
    somebody = await client()
    await somebody.ask(m.OpenPlayback("cam2", START_US))
    await somebody.until(lambda: len(told_of(somebody)) == 2)
    assert told_of(somebody) == ["no-footage", "end"]


async def test_a_lost_client_ends_its_reader(client, system: FakeSystem):
    somebody, other = await client(), await client()
    await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=PACKET))
    await somebody.until(lambda: somebody.frames)
    out = asyncio.Event()
    system.bus.listen(lambda event: out.set())
    somebody.wire.abort()
    await asyncio.wait_for(out.wait(), 10)
    await settle(other)
    assert system.archives.closed == 1


async def test_only_so_many_playbacks_for_one_client(client):
    somebody = await client()
    for _ in range(50):
        await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=0))
    with pytest.raises(ProtocolError) as caught:
        await somebody.ask(m.OpenPlayback("cam1", START_US, credit_bytes=0))
    assert caught.value.code is ErrorCode.LIMIT


async def test_a_foolish_credit_ends_the_connection(client):
    somebody = await client()
    somebody.wire.notify(m.Credit(1, -5))
    await somebody.wire.wait_closed()
    assert somebody.ended[0].code is ErrorCode.BAD_REQUEST
