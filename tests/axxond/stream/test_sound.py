"""Sound of every codec comes out as loud, as long and as it went in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import av
import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.media.packet import Packet
from axxond.stream.hub import Gap, Item, StreamHub, StreamKey
from axxond.stream.pool import DecoderPool
from axxond.stream.sound import Samples, SoundDecoder, SoundRecipe, SoundStage, samples_of
from axxond.stream.stage import DecodeStats
from protocol.types import AudioFormat, Codec, GapReason, StreamRole, VideoFormat
from tests.fakes.crew import ThreadCrew
from tests.fakes.sounds import CODINGS, joined, level_dbfs, packets, tone

BEGIN_US = 1_700_000_000_000_000
RATE = 48_000
SOUND = joined(tone(1, -12, RATE), tone(1, -40, RATE))
PICTURE = VideoFormat(Codec.H264, 64, 48)


def decoded(given_packets: list[Packet]) -> tuple[list[tuple[Samples, int, int]], DecodeStats]:
    stats = DecodeStats()
    decoder = SoundDecoder(stats)
    found = [
        (samples, rate, packet.pts_us)
        for packet in given_packets
        for samples, rate in decoder.decode(packet)
    ]
    return found, stats


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("codec", list(CODINGS))
def test_loudness_and_time_survive(codec: Codec, channels: int) -> None:
    if codec is Codec.G726 and channels == 2:
        pytest.skip("G.726 has one channel")
    found, stats = decoded(packets(SOUND, RATE, codec, BEGIN_US, channels))
    assert stats.errors == 0
    rate = found[0][1]
    assert {samples.shape[0] for samples, _, _ in found} == {channels}
    whole = np.concatenate([samples for samples, _, _ in found], axis=1)
    assert whole.dtype == np.float32
    assert whole.shape[1] / rate == pytest.approx(2, abs=0.13)
    for line in whole:
        assert level_dbfs(line[rate // 5 : rate * 4 // 5]) == pytest.approx(-12, abs=0.5)
        assert level_dbfs(line[rate * 6 // 5 : rate * 9 // 5]) == pytest.approx(-40, abs=2)


@pytest.mark.parametrize("kind", ["u8", "s16", "s32", "flt", "dbl", "fltp", "s16p"])
def test_every_kind_of_samples_has_the_same_scale(kind: str) -> None:
    stereo = np.stack([tone(0.2, -6, RATE), tone(0.2, -20, RATE)])
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo), "fltp", "stereo")
    frame.sample_rate = RATE
    (made,) = av.AudioResampler(kind, "stereo", RATE).resample(frame)
    planes = samples_of(made)
    assert (planes.dtype, planes.shape) == (np.float32, (2, RATE // 5))
    assert planes.flags.c_contiguous
    assert [level_dbfs(line) for line in planes] == pytest.approx([-6, -20], abs=0.2)


def test_damage_is_counted_and_passes() -> None:
    good = packets(SOUND, RATE, Codec.AAC, BEGIN_US)
    broken = [*good[:5], evolve(good[5], data=b""), *good[6:]]
    found, stats = decoded(broken)
    assert stats.errors == 1
    assert len(found) == len(good) - 1


@settings(max_examples=60)
@given(st.sampled_from(list(Codec)), st.binary(max_size=200), st.integers(0, 400_000))
def test_no_bytes_of_a_camera_raise(codec: Codec, data: bytes, rate: int) -> None:
    form = AudioFormat(codec, rate, 1, 4, data[:20])
    good = packets(SOUND[:4800], RATE, Codec.PCMU, BEGIN_US)
    found, _ = decoded([Packet(form, data, 0, 0, 0, keyframe=True), *good])
    assert found[-1][2] == good[-1].pts_us


class Ears:
    """Work that notes what it hears."""

    def sound(self, samples: Samples, rate: int, time_us: int) -> tuple[str, int]:
        return ("sound", time_us)

    def quiet(self, until_us: int) -> tuple[str, int]:
        return ("quiet", until_us)

    def gap(self, at_us: int) -> tuple[str, int]:
        return ("gap", at_us)


class HeardBy(SoundRecipe[tuple[str, int]]):
    def stage(self) -> SoundStage[tuple[str, int]]:
        return SoundStage(Ears())


def picture(time_us: int) -> Packet:
    return Packet(PICTURE, b"\0", time_us, time_us, 40_000, keyframe=True)


def test_of_pictures_only_the_last_is_taken_and_only_as_a_clock() -> None:
    stage, recipe = SoundStage(Ears()), HeardBy()
    heard = packets(SOUND[:9600], RATE, Codec.PCMU, BEGIN_US)
    gap = Gap(5, GapReason.CAMERA_DOWN)
    items: list[Item] = [picture(1), heard[0], picture(2), gap, picture(3), picture(4)]
    clock = evolve(picture(4), data=b"")
    assert recipe.chosen(items) == [heard[0], gap, clock]
    assert recipe.chosen([picture(1), heard[0]]) == [heard[0]]
    told = [result for item in recipe.chosen(items) for result in stage.feed(item)]
    assert told == [("sound", BEGIN_US), ("gap", 5), ("quiet", 4)]


async def test_sound_is_worked_on_in_the_pool_in_its_order() -> None:
    pool = DecoderPool(ThreadCrew())
    hub = StreamHub(StreamKey("c", StreamRole.HIGH))
    told: list[tuple[str, int]] = []
    pool.open(hub, HeardBy(), told.append, "ears")
    heard = packets(SOUND, RATE, Codec.PCMA, BEGIN_US)
    for packet in heard:
        hub.publish(packet)
    hub.publish(picture(BEGIN_US + 3_000_000))
    await _until(lambda: bool(told) and told[-1] == ("quiet", BEGIN_US + 3_000_000))
    await pool.close()
    assert told[:-1] == [("sound", packet.pts_us) for packet in heard]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in other tasks
            await asyncio.sleep(0.005)
