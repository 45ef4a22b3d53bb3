"""A file's packets in the order of their times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.ahead import Ahead, blocks
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, VideoFormat

VIDEO = VideoFormat(Codec.H264, 64, 48)
SOUND = AudioFormat(Codec.PCMA, 8000, 1, 8)


def picture(at_us: int) -> Packet:
    return Packet(VIDEO, b"x", at_us + 40_000, at_us, 40_000, True)


def sound(at_us: int, samples: int) -> Packet:
    return Packet(SOUND, bytes(samples), at_us, at_us, samples * 125, True)


def through(packets: list[Packet]) -> list[Packet]:
    ahead, found = Ahead(), []
    for packet in packets:
        ahead.push(packet)
        found += ahead.ready()
    return found + list(ahead.ready(is_over=True))


def test_sound_that_stands_late_in_the_file_comes_in_time() -> None:
    pictures = [picture(at * 40_000) for at in range(50)]
    order = [*pictures, sound(0, 16_000)]  # two seconds in one block, behind them
    found = through(order)
    times = [packet.dts_us for packet in found]
    assert times == sorted(times)
    heard = [packet for packet in found if packet.format is SOUND]
    assert len(heard) == 20
    assert b"".join(packet.data for packet in heard) == bytes(16_000)


@given(st.lists(st.integers(0, 2_000_000), max_size=50))
def test_what_is_no_further_apart_than_that_comes_in_order(times_us: list[int]) -> None:
    found = [packet.dts_us for packet in through([picture(at) for at in times_us])]
    assert found == sorted(times_us)


def test_no_more_is_held_than_a_bound() -> None:
    ahead = Ahead()
    for _ in range(5000):
        ahead.push(picture(0))
        list(ahead.ready())
    assert len(ahead._heap) <= 1000


@given(st.integers(1, 5000), st.sampled_from([Codec.PCMA, Codec.L16]), st.integers(1, 2))
def test_blocks_hold_all_samples_without_a_gap(samples: int, codec: Codec, channels: int) -> None:
    form = AudioFormat(codec, 16_000, channels)
    data = bytes(n & 255 for n in range(samples * channels * (2 if codec is Codec.L16 else 1)))
    parts = list(blocks(Packet(form, data, 1000, 1000, 0, True, True)))
    assert b"".join(part.data for part in parts) == data
    assert [part.discontinuity for part in parts] == [True] + [False] * (len(parts) - 1)
    ends = [part.dts_us + part.duration_us for part in parts]
    assert all(abs(a - b.dts_us) <= 1 for a, b in zip(ends, parts[1:], strict=False))
    assert max(part.duration_us for part in parts) <= 100_000


def test_other_packets_stay_as_they_are() -> None:
    aac = Packet(AudioFormat(Codec.AAC, 48_000, 2), bytes(9000), 0, 0, 0, True)
    assert list(blocks(aac)) == [aac]
    assert list(blocks(picture(5))) == [picture(5)]
