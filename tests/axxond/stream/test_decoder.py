from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.media.packet import Packet
from axxond.stream.decoder import Decoder, DecoderPool, DecodeStats
from axxond.stream.hub import Gap, StreamHub, StreamKey
from protocol.types import AudioFormat, Codec, GapReason, StreamRole, VideoFormat
from tests.fakes.coded import damaged, packets
from tests.fakes.scene import SceneScript, shots

BEGIN_US = 1_700_000_000_000_000
SCENE = [
    (shot.time_us, shot.luma)
    for shot in shots(SceneScript(width=208, height=120, noise=1), 3, BEGIN_US)
]
CODED = packets(SCENE, gop=10)


def decode_all(given_packets: list[Packet]) -> tuple[list[tuple[Any, int]], DecodeStats]:
    stats = DecodeStats()
    decoder = Decoder(stats)
    found = [
        (luma.copy(), time_us)
        for packet in given_packets
        for luma, time_us in decoder.decode(packet)
    ]
    return found, stats


@pytest.mark.parametrize("codec", [Codec.H264, Codec.MPEG4, Codec.MJPEG, Codec.SNOW])
def test_luma_and_times_come_out_as_they_went_in(codec: Codec) -> None:
    found, stats = decode_all(packets(SCENE, codec))
    assert [time_us for _, time_us in found] == [time_us for time_us, _ in SCENE]
    assert stats.errors == stats.skipped == 0
    for (luma, _), (_, original) in zip(found, SCENE, strict=True):
        assert luma.shape == original.shape
        # Limited range (16 to 235) in all but MJPEG; noise and coding blur the rest.
        full = original if codec is Codec.MJPEG else 16 + original * (219 / 255)
        assert np.abs(luma - full.astype(float)).mean() < 4


def test_luma_is_the_decoders_own_plane() -> None:
    decoder = Decoder(DecodeStats())
    (luma, _) = next(decoder.decode(CODED[0]))
    assert not luma.flags.owndata
    assert luma.strides[0] >= 208
    assert luma.strides[1] == 1


def test_ten_bit_pictures_are_brought_to_eight() -> None:
    found, _ = decode_all(packets(SCENE[:3], pixels="yuv420p10le"))
    assert [luma.dtype for luma, _ in found] == [np.uint8] * 3
    assert np.abs(found[0][0] - (16 + SCENE[0][1] * (219 / 255))).mean() < 4


def test_nothing_comes_before_the_first_key_frame() -> None:
    found, stats = decode_all(CODED[4:])
    assert found[0][1] == SCENE[10][0]
    assert stats.skipped == 6


def test_after_a_loss_nothing_comes_up_to_the_next_key_frame() -> None:
    lossy = [*CODED[:3], evolve(CODED[4], lost_before=2), *CODED[5:]]
    found, stats = decode_all(lossy)
    expected = [time_us for time_us, _ in SCENE[:3] + SCENE[10:]]
    assert [time_us for _, time_us in found] == expected
    assert stats.skipped == 6


def test_a_stream_without_key_frames_is_decoded_after_a_while() -> None:
    endless = [
        evolve(packet, keyframe=False, pts_us=packet.pts_us, dts_us=BEGIN_US + number * 1_000_000)
        for number, packet in enumerate(CODED)
    ]
    found, _ = decode_all(endless)
    assert len(found) >= 15


def test_damage_is_counted_and_passes() -> None:
    broken = [*CODED[:5], damaged(CODED[5]), *CODED[6:]]
    found, stats = decode_all(broken)
    assert stats.errors >= 1
    assert [time_us for _, time_us in found][-20:] == [time_us for time_us, _ in SCENE[10:]]


@settings(max_examples=40)
@given(st.integers(0, 9), st.binary(max_size=300), st.booleans())
def test_no_bytes_of_a_camera_raise(index: int, data: bytes, keyframe: bool) -> None:
    garbage = evolve(CODED[index], data=data, keyframe=keyframe)
    found, _ = decode_all([*CODED[:index], garbage, *CODED[10:12]])
    assert SCENE[10][0] in [time_us for _, time_us in found]


@pytest.mark.parametrize("extradata", [b"", b"\x01", b"\xff" * 40])
def test_wrong_extradata_raises_nothing(extradata: bytes) -> None:
    form = VideoFormat(Codec.H264, 208, 120, extradata)
    _, stats = decode_all([evolve(packet, format=form) for packet in CODED[:10]])
    assert stats.packets == 10


def test_a_new_format_is_decoded_by_a_new_context() -> None:
    smaller = [
        (shot.time_us, shot.luma)
        for shot in shots(SceneScript(width=96, height=64), 1, BEGIN_US + 3_000_000)
    ]
    found, stats = decode_all([*CODED, *packets(smaller), *packets(smaller, Codec.MJPEG)])
    assert {luma.shape for luma, _ in found} == {(120, 208), (64, 96)}
    assert (len(found), stats.errors) == (50, 0)


class Collector:
    """Work that notes what it gets, and on which thread."""

    def __init__(self, on_frame: Callable[[int], None] = lambda _: None) -> None:
        self.threads: set[str] = set()
        self.gaps: list[int] = []
        self._on_frame = on_frame

    def frame(self, luma: Any, pts_us: int) -> int:
        self.threads.add(threading.current_thread().name)
        self._on_frame(pts_us)
        return pts_us

    def gap(self, at_us: int) -> int:
        self.gaps.append(at_us)
        return -at_us


@pytest.fixture
async def pool() -> AsyncIterator[DecoderPool]:
    made = DecoderPool(2)
    yield made
    await made.close()


def a_hub(name: str = "c") -> StreamHub:
    return StreamHub(StreamKey(name, StreamRole.LOW))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in other tasks
            await asyncio.sleep(0.005)


async def test_results_come_back_on_the_loop_in_order(pool: DecoderPool) -> None:
    hub, work = a_hub(), Collector()
    results: list[int] = []
    here: set[str] = set()

    def take(result: int) -> None:
        here.add(threading.current_thread().name)
        results.append(result)

    stream = pool.open(hub, work, take, "one")
    for packet in CODED:
        hub.publish(packet)
    await until(lambda: len(results) == len(CODED))
    assert results == [time_us for time_us, _ in SCENE]
    assert here == {threading.current_thread().name}
    assert all(name.startswith("decode") for name in work.threads)
    assert (stream.stats.frames, stream.stats.dropped) == (30, 0)
    assert stream.stats.cpu_us > 0


async def test_a_gap_keeps_its_place_and_audio_is_passed_over(pool: DecoderPool) -> None:
    hub, work = a_hub(), Collector()
    results: list[int] = []
    pool.open(hub, work, results.append, "one")
    sound = Packet(AudioFormat(Codec.PCMU, 8000, 1), b"\0" * 160, 5, 5, 20_000, True)
    for packet in [*CODED[:2], sound]:
        hub.publish(packet)
    hub.interrupt(Gap(77, GapReason.CAMERA_DOWN))
    for packet in CODED[2:11]:
        hub.publish(packet)
    await until(lambda: len(results) == 4)
    # After the gap only a key frame starts anew.
    assert results == [SCENE[0][0], SCENE[1][0], -77, SCENE[10][0]]


async def test_a_slow_reader_loses_the_oldest_and_stays_bounded(pool: DecoderPool) -> None:
    gate = threading.Event()
    hub, work = a_hub(), Collector(lambda _: gate.wait(20) and None)
    results: list[int] = []
    stream = pool.open(hub, work, results.append, "slow")
    hub.publish(CODED[0])
    await until(lambda: bool(work.threads))
    for round_us in range(0, 30_000_000, 3_000_000):
        for packet in CODED:
            times = {"pts_us": packet.pts_us + round_us, "dts_us": packet.dts_us + round_us}
            hub.publish(evolve(packet, **times))
    newest = CODED[-1].pts_us + 27_000_000
    gate.set()
    await until(lambda: bool(results) and results[-1] == newest)
    assert stream.stats.dropped > 100
    assert len(results) < 200


async def test_cameras_take_turns(pool: DecoderPool) -> None:
    """One camera with a full queue does not keep another's single picture waiting."""
    busy, other = a_hub("busy"), a_hub("other")
    order: list[str] = []
    gate = threading.Event()
    single = DecoderPool(1)
    for hub, name in ((busy, "busy"), (other, "other")):
        work = Collector(lambda _: gate.wait(20) and None)
        single.open(hub, work, lambda _, name=name: order.append(name), name)
    for packet in CODED:
        busy.publish(packet)
    other.publish(CODED[0])
    gate.set()
    await until(lambda: len(order) == 31)
    await single.close()
    assert order.index("other") <= 16


async def test_a_failing_detector_is_reported_once_and_goes_on(
    pool: DecoderPool, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(pts_us: int) -> None:
        if pts_us < SCENE[5][0]:
            raise ArithmeticError("as it happens")

    hub, results = a_hub(), []
    stream = pool.open(hub, Collector(fail), results.append, "frail")
    for packet in CODED:
        hub.publish(packet)
    await until(lambda: len(results) == 25)
    assert stream.stats.errors == 5
    assert [record.message for record in caplog.records] == [
        "frail failed on a picture (further failures are counted only)"
    ]


async def test_closing_waits_for_the_running_job(pool: DecoderPool) -> None:
    started, gate = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        started.set()
        gate.wait(20)

    hub, results = a_hub(), []
    stream = pool.open(hub, Collector(wait), results.append, "one")
    hub.publish(CODED[0])
    await until(started.is_set)
    closing = asyncio.ensure_future(stream.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.set()
    await closing
    assert results == [CODED[0].pts_us]
    hub.publish(CODED[10])
    assert results == [CODED[0].pts_us]
