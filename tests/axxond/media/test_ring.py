"""The ring keeps what a viewer or a pre-event needs, and no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.media.packet import Packet
from axxond.media.ring import GopRing
from protocol.types import AudioFormat, Codec, VideoFormat

VIDEO = VideoFormat(Codec.H264, 640, 360)
AUDIO = AudioFormat(Codec.PCMU, 8000, 1)
SECOND = 1_000_000
BIG = 1 << 30


def video(at_us: int, key: bool = False, size: int = 10) -> Packet:
    return Packet(VIDEO, bytes(size), at_us, at_us, 40_000, key)


def audio(at_us: int, size: int = 10) -> Packet:
    return Packet(AUDIO, bytes(size), at_us, at_us, 20_000, True)


def gop(start_us: int, frames: int = 4, step_us: int = 250_000) -> list[Packet]:
    return [video(start_us + number * step_us, number == 0) for number in range(frames)]


def filled(ring: GopRing, *groups: list[Packet]) -> GopRing:
    for group in groups:
        for packet in group:
            ring.append(packet)
    return ring


def test_newest_gop_begins_with_the_last_key_frame_and_has_its_audio() -> None:
    ring = filled(GopRing(SECOND, BIG), gop(0))
    newest = [video(SECOND, True), audio(SECOND + 1), video(SECOND + 2)]
    assert filled(ring, newest).newest_gop() == newest


def test_video_before_any_key_frame_is_not_kept() -> None:
    ring = filled(GopRing(SECOND, BIG), [video(0), audio(1), video(2)])
    assert ring.since(0) == [audio(1)]
    assert ring.newest_gop() == []


def test_since_starts_with_the_gop_that_holds_the_time() -> None:
    gops = [gop(number * SECOND) for number in range(5)]
    ring = filled(GopRing(10 * SECOND, BIG), *gops)
    assert ring.since(2 * SECOND + 1) == gops[2] + gops[3] + gops[4]
    assert ring.since(2 * SECOND) == gops[2] + gops[3] + gops[4]


def test_since_a_time_before_everything_gives_everything() -> None:
    ring = filled(GopRing(10 * SECOND, BIG), gop(5 * SECOND), gop(6 * SECOND))
    assert ring.since(0) == gop(5 * SECOND) + gop(6 * SECOND)


def test_old_gops_go_when_the_rest_spans_enough() -> None:
    ring = filled(GopRing(2 * SECOND, BIG), *(gop(number * SECOND) for number in range(10)))
    kept = ring.since(0)
    assert kept[0].dts_us == 7 * SECOND  # 7, 8 and 9 until 9.75: 8 alone would not span 2 s


def test_one_gop_longer_than_the_span_is_kept_whole() -> None:
    long = gop(0, frames=100)
    assert filled(GopRing(SECOND, BIG), long).newest_gop() == long


def test_a_gop_over_the_bound_is_dropped_and_the_next_key_frame_begins_anew() -> None:
    ring = GopRing(SECOND, 10_000)
    filled(ring, [video(0, True, 5_000), video(1, size=6_000)])
    assert ring.newest_gop() == []
    assert ring.bytes == 0
    filled(ring, [video(2, size=10), audio(3)])
    assert ring.newest_gop() == []
    begin = video(4, True)
    ring.append(begin)
    assert ring.newest_gop() == [begin]


def test_audio_alone_goes_by_age() -> None:
    ring = filled(GopRing(SECOND, BIG), [audio(at) for at in range(0, 100 * SECOND, 20_000)])
    assert len(ring.since(0)) == 51


def test_a_clock_set_back_drops_what_was_before() -> None:
    ring = filled(GopRing(10 * SECOND, BIG), gop(100 * SECOND), gop(50 * SECOND))
    assert ring.since(0) == gop(50 * SECOND)


def test_clear_forgets_all() -> None:
    ring = filled(GopRing(SECOND, BIG), gop(0))
    ring.clear()
    assert (ring.bytes, ring.newest_gop(), ring.since(0)) == (0, [], [])
    ring.append(video(1))
    assert ring.since(0) == []


packets = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(-200_000, 400_000), st.integers(0, 4_000)),
    max_size=200,
)


@given(packets, st.integers(0, 5 * SECOND), st.integers(1_000, 20_000))
def test_bounds_hold_and_every_gop_begins_with_a_key_frame(
    steps: list[tuple[bool, bool, int, int]], span_us: int, max_bytes: int
) -> None:
    ring = GopRing(span_us, max_bytes)
    now_us = SECOND
    for is_video, key, step_us, size in steps:
        now_us += step_us
        ring.append(video(now_us, key, size) if is_video else audio(now_us, size))
        kept = ring.since(-BIG)
        assert ring.bytes == sum(len(packet.data) + 200 for packet in kept) <= max_bytes
        pictures = [packet for packet in kept if packet.is_video]
        assert not pictures or pictures[0].keyframe
        newest = ring.newest_gop()
        assert newest == (kept[-len(newest) :] if newest else [])
        assert sum(packet.is_video and packet.keyframe for packet in newest) == bool(newest)
