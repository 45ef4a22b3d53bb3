"""The hub never waits, and each policy loses what its name says."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.media.packet import Packet
from axxond.stream.hub import Gap, Item, Policy, PrerollBudget, StreamHub, StreamKey
from protocol.types import AudioFormat, Codec, GapReason, StreamRole, VideoFormat

VIDEO = VideoFormat(Codec.H264, 640, 360)
AUDIO = AudioFormat(Codec.PCMU, 8000, 1)
BIG = 1 << 30
LOSSY = (Policy.SKIP_TO_KEYFRAME, Policy.DROP_OLDEST)


def video(at_us: int, key: bool = False, size: int = 10, lost: int = 0) -> Packet:
    return Packet(VIDEO, bytes(size), at_us, at_us, 40_000, key, lost_before=lost)


def audio(at_us: int) -> Packet:
    return Packet(AUDIO, bytes(10), at_us, at_us, 20_000, True)


def gap(at_us: int = 0) -> Gap:
    return Gap(at_us, GapReason.CAMERA_DOWN, "gone")


@pytest.fixture
def hub() -> StreamHub:
    return StreamHub(StreamKey("camera", StreamRole.HIGH))


def test_every_subscriber_gets_every_packet_in_order(hub: StreamHub) -> None:
    readers = [hub.subscribe(policy, BIG, 1000) for policy in Policy]
    sent = [video(0, True), audio(1), video(2)]
    for packet in sent:
        hub.publish(packet)
    assert [reader.take() for reader in readers] == [sent] * 3
    assert readers[0].take() == []


def test_a_new_viewer_starts_with_the_newest_gop(hub: StreamHub) -> None:
    for packet in (video(0, True), video(1), video(2, True), video(3)):
        hub.publish(packet)
    reader = hub.subscribe(Policy.SKIP_TO_KEYFRAME, BIG, 1000, newest_gop=True)
    hub.publish(video(4))
    assert reader.take() == [video(2, True), video(3), video(4)]


def test_a_pre_event_starts_where_it_is_asked_to(hub: StreamHub) -> None:
    hub.keep("link", 60_000_000)
    for second in range(30):
        hub.publish(video(second * 1_000_000, True))
    reader = hub.subscribe(Policy.GAP, BIG, 1000, since_us=25_500_000)
    assert [packet.pts_us for packet in packets(reader.take())] == [
        second * 1_000_000 for second in range(25, 30)
    ]


def test_the_longest_pre_event_wins_and_falls_back_when_it_goes(hub: StreamHub) -> None:
    usual = hub.ring.span_us
    hub.keep("a", 10_000_000)
    hub.keep("b", 60_000_000)
    assert hub.ring.span_us == 60_000_000
    hub.keep("b", 0)
    assert hub.ring.span_us == 10_000_000
    hub.keep("a", 0)
    assert hub.ring.span_us == usual


def test_gap_policy_keeps_what_is_queued_and_waits_for_a_key_frame(hub: StreamHub) -> None:
    reader = hub.subscribe(Policy.GAP, BIG, 2)
    first = [video(0, True), video(1)]
    for packet in (*first, video(2), video(3, True)):
        hub.publish(packet)
    assert reader.take() == first
    for packet in (video(4), audio(5), video(6, True), audio(7)):
        hub.publish(packet)
    assert reader.take() == [video(6, True), audio(7)]
    assert reader.dropped == 4


@pytest.mark.parametrize("policy", LOSSY)
def test_skipping_empties_the_queue_and_begins_with_a_key_frame(
    hub: StreamHub, policy: Policy
) -> None:
    reader = hub.subscribe(policy, BIG, 3)
    for packet in (video(0, True), video(1), video(2), video(3), video(4), video(5, True)):
        hub.publish(packet)
    assert reader.take() == [video(5, True)]
    assert reader.dropped == 5


@pytest.mark.parametrize("policy", LOSSY)
def test_a_key_frame_larger_than_the_bound_still_shows(hub: StreamHub, policy: Policy) -> None:
    reader = hub.subscribe(policy, 100, 10)
    hub.publish(video(0, True, size=5_000))
    assert reader.take() == [video(0, True, size=5_000)]


@pytest.mark.parametrize("policy", list(Policy))
def test_sound_alone_needs_no_key_frame_after_a_full_queue(hub: StreamHub, policy: Policy) -> None:
    reader = hub.subscribe(policy, BIG, 2)
    for at in range(5):
        hub.publish(audio(at))
    reader.take()
    hub.publish(audio(9))
    assert reader.take() == [audio(9)]


def test_an_interruption_reaches_readers_and_empties_the_ring(hub: StreamHub) -> None:
    reader = hub.subscribe(Policy.GAP, BIG, 10)
    hub.publish(video(0, True))
    assert hub.online
    hub.interrupt(gap(1))
    assert not hub.online
    assert not hub.formats
    assert reader.take() == [video(0, True), gap(1)]
    late = hub.subscribe(Policy.SKIP_TO_KEYFRAME, BIG, 10, newest_gop=True)
    assert late.take() == []


def test_repeated_interruptions_fill_no_queue(hub: StreamHub) -> None:
    readers = [hub.subscribe(policy, BIG, 4) for policy in Policy]
    for at in range(1000):
        hub.interrupt(gap(at))
    assert [reader.take() for reader in readers] == [[gap(0)]] * 3


def test_counters_tell_what_came(hub: StreamHub) -> None:
    for packet in (video(0, True, 100), audio(1), video(2, size=50, lost=3)):
        hub.publish(packet)
    assert (hub.received_packets, hub.video_packets, hub.key_frames) == (3, 2, 1)
    assert (hub.received_bytes, hub.lost_packets, hub.last_video_us) == (160, 3, 2)


async def test_wait_gives_what_comes_and_ends_when_closed(hub: StreamHub) -> None:
    reader = hub.subscribe(Policy.GAP, BIG, 10)
    waiting = asyncio.ensure_future(reader.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.publish(video(0, True))
    assert await waiting == [video(0, True)]
    waiting = asyncio.ensure_future(reader.wait())
    await asyncio.sleep(0)
    hub.close()
    assert await waiting == []
    assert await reader.wait() == []
    assert reader.closed


async def test_a_closed_hub_gives_closed_subscriptions(hub: StreamHub) -> None:
    hub.close()
    reader = hub.subscribe(Policy.GAP, BIG, 10)
    assert reader.closed
    assert await reader.wait() == []


def test_a_closed_reader_gets_nothing_more(hub: StreamHub) -> None:
    reader = hub.subscribe(Policy.GAP, BIG, 10)
    reader.close()
    hub.publish(video(0, True))
    assert reader.take() == []


def packets(items: list[Item]) -> list[Packet]:
    return [item for item in items if isinstance(item, Packet)]


events = st.lists(
    st.one_of(
        st.tuples(st.just("video"), st.booleans(), st.integers(0, 500)),
        st.tuples(st.just("audio")),
        st.tuples(st.just("gap")),
        st.tuples(st.just("take")),
    ),
    max_size=200,
)


@given(events, st.sampled_from(Policy), st.integers(100, 2_000), st.integers(1, 20))
def test_queues_are_bounded_and_video_goes_on_at_a_key_frame(
    steps: list[tuple[object, ...]], policy: Policy, max_bytes: int, max_items: int
) -> None:
    hub = StreamHub(StreamKey("camera", StreamRole.HIGH))
    reader = hub.subscribe(policy, max_bytes, max_items)
    offered: list[Packet] = []
    got: list[Packet] = []
    for at, step in enumerate(steps):
        if step[0] == "gap":
            hub.interrupt(gap(at))
        elif step[0] == "take":
            taken = reader.take()
            assert len(taken) <= 2 * max_items + 1
            sizes = [len(packet.data) for packet in packets(taken)]
            assert sum(sizes) <= max_bytes or len(sizes) == 1
            got += packets(taken)
        else:
            is_video = step[0] == "video"
            packet = video(at, bool(step[1]), int(str(step[2]))) if is_video else audio(at)
            offered.append(packet)
            hub.publish(packet)
    got += packets(reader.take())
    assert reader.dropped == len(offered) - len(got)
    assert [packet for packet in offered if packet in got] == got
    for before, packet in zip([None, *got], got, strict=False):
        if packet.is_video and not packet.keyframe:
            skipped = offered[offered.index(before) + 1 if before else 0 : offered.index(packet)]
            assert not any(one.is_video for one in skipped)


def test_pre_events_of_many_streams_share_one_bound() -> None:
    budget = PrerollBudget(40 << 20)
    hubs = [StreamHub(StreamKey(f"c{number}", StreamRole.HIGH), budget) for number in range(8)]
    for one in hubs:
        one.keep("link", 60_000_000)
        one.keep("other", 10_000_000)
    assert [one.ring.max_bytes for one in hubs] == [5 << 20] * 8
    for second in range(60):
        for one in hubs:
            one.publish(video(second * 1_000_000, key=True, size=1 << 20))
    assert sum(one.ring.bytes for one in hubs) <= 40 << 20
    assert all(len(one.ring.since(0)) == 4 for one in hubs)  # whole GOPs, the newest
    for one in hubs[2:]:
        one.close()
    assert hubs[0].ring.max_bytes == 20 << 20
    hubs[1].keep("link", 0)
    assert hubs[0].ring.max_bytes == 20 << 20  # another link of it still keeps one
    hubs[1].keep("other", 0)
    assert hubs[0].ring.max_bytes == 32 << 20
