from __future__ import annotations

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.cutter import Cluster, Cutter, frame_us
from axxond.media.packet import Packet
from tests.axxond.archive.media import AUDIO, FRAME_US, T0, VIDEO, payloads, sound, stream, video


def cut(packets: list[Packet], audio: bool = True) -> list[Cluster]:
    cutter = Cutter(audio)
    cutter.feed(packets)
    cutter.seal()
    return cutter.sealed


@frozen
class _Step:
    after_us: int
    sound: bool
    key: bool
    size: int
    jump: bool


steps = st.lists(
    st.builds(
        _Step,
        st.integers(-100_000, 600_000),
        st.booleans(),
        st.booleans(),
        st.sampled_from([10, 1000, 3 << 20]),
        st.sampled_from([False] * 9 + [True]),
    ),
    max_size=60,
)


def made(of: list[_Step]) -> list[Packet]:
    at, packets = T0, []
    for number, step in enumerate(of):
        at += step.after_us
        data = number.to_bytes(4, "big") + bytes(step.size)
        one = AUDIO if step.sound else VIDEO
        key = step.key or step.sound
        packets.append(
            Packet(one, data, at, at, FRAME_US, key, discontinuity=step.jump and not step.sound)
        )
    return packets


@given(steps)
def test_clusters_hold_what_can_be_decoded_in_its_order(of: list[_Step]) -> None:
    packets = made(of)
    cutter = Cutter(audio=True)
    cutter.feed(packets)
    cutter.interrupt()
    cut_ = [one for cluster in cutter.sealed for one in cluster.packets]
    decodable, needs_key = [], True
    for one in packets:
        if one.is_video:
            needs_key = (needs_key or one.discontinuity) and not one.keyframe
            decodable += [] if needs_key else [one]
    assert [one for one in cut_ if one.is_video] == decodable
    sounds = [one for one in packets if not one.is_video]
    kept = [one for one in cut_ if not one.is_video]
    assert kept == [one for one in sounds if one in kept]
    assert len(cut_) + cutter.undecodable == len(packets)
    if not any(one.is_video for one in packets):
        assert kept == sounds


def test_sound_from_before_the_first_key_frame_joins_its_cluster() -> None:
    sent = stream(range(15, 60))  # connected in the middle of a GOP
    first, second = cut(sent)
    assert first.packets[0] == video(25)
    assert payloads(first.packets[1:21]) == payloads(
        one for one in sent[: 3 * 10] if not one.is_video
    )
    assert (first.key, second.key) == (True, True)


def test_sound_alone_is_cut_once_it_is_clear_that_there_is_no_video() -> None:
    cutter = Cutter(audio=True)
    cutter.feed(sound(number) for number in range(700))
    assert sum(len(one.packets) for one in cutter.sealed) > 600


@given(steps)
def test_clusters_are_bounded_in_time_and_bytes(of: list[_Step]) -> None:
    for cluster in cut(made(of)):
        first = cluster.packets[0].pts_us
        assert all(-2_900_000 <= one.pts_us - first <= 1_100_000 for one in cluster.packets)
        assert cluster.bytes == sum(map(len, payloads(cluster.packets)))
        pictures = [one for one in cluster.packets if one.is_video]
        assert cluster.key == (not pictures or pictures[0].keyframe)


@given(steps)
def test_a_key_frame_is_never_hidden_in_the_rest_of_a_gop(of: list[_Step]) -> None:
    for cluster in cut(made(of)):
        if not cluster.key:
            assert not any(one.is_video and one.keyframe for one in cluster.packets)


def test_a_gop_of_a_second_is_one_cluster() -> None:
    assert [len(one.packets) for one in cut(stream(range(100)))] == [75] * 4


def test_a_longer_gop_goes_on_in_clusters_of_a_second() -> None:
    clusters = cut(stream(range(200), gop=100))
    assert [one.key for one in clusters] == [True, False, False, False] * 2
    assert max(one.packets[-1].pts_us - one.packets[0].pts_us for one in clusters) <= 1_100_000


def test_pictures_that_are_all_key_frames_share_clusters() -> None:
    assert all(9 <= len(one.packets) <= 12 for one in cut([video(n, 1) for n in range(100)])[:-1])


def test_equal_formats_of_two_objects_are_one() -> None:
    packets = stream(range(50))
    packets[60:] = [evolve(one, format=evolve(one.format)) for one in packets[60:]]
    assert len(cut(packets)) == 2


def test_the_frame_time_is_told_where_it_is_steady() -> None:
    def frames(*durations_us: int) -> list[Packet]:
        return [Packet(VIDEO, b"", 0, 0, duration, False) for duration in durations_us]

    assert frame_us(frames(0, 40_000, 40_000, 39_989, 40_011)) == 40_000
    assert frame_us(frames(40_000, 40_000, 80_000, 40_000)) == 0
    assert frame_us(frames(40_000, 40_000, 40_000)) == 0
    block = Packet(AUDIO, b"", 0, 0, 20_000, True)
    assert frame_us([block] * 9) == 0
