from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from attrs import evolve

from axxond.media.packet import Packet
from axxond.stream.decoder import PictureStage
from axxond.stream.hub import Gap, StreamHub, StreamKey
from axxond.stream.pool import DecoderPool
from protocol.types import AudioFormat, Codec, GapReason, StreamRole
from tests.fakes.coded import packets
from tests.fakes.scene import SceneScript, shots

BEGIN_US = 1_700_000_000_000_000
SCENE = [
    (shot.time_us, shot.luma)
    for shot in shots(SceneScript(width=208, height=120, noise=1), 3, BEGIN_US)
]
CODED = packets(SCENE, gop=10)


class Collector:
    """Work that notes what it gets, and on which thread."""

    def __init__(self, on_frame: Callable[[int], None] = lambda _: None) -> None:
        self.threads: set[str] = set()
        self.gaps: list[int] = []
        self._on_frame = on_frame

    def frame(self, luma: Any, pts_us: int, chroma: Any) -> int:
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

    stream = pool.open(hub, PictureStage(work), take, "one")
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
    pool.open(hub, PictureStage(work), results.append, "one")
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
    stream = pool.open(hub, PictureStage(work), results.append, "slow")
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
        single.open(hub, PictureStage(work), lambda _, name=name: order.append(name), name)
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
    stream = pool.open(hub, PictureStage(Collector(fail)), results.append, "frail")
    for packet in CODED:
        hub.publish(packet)
    await until(lambda: len(results) == 25)
    assert stream.stats.errors == 5
    assert [record.message for record in caplog.records] == [
        "frail failed on a frame (further failures are counted only)"
    ]


async def test_closing_waits_for_the_running_job(pool: DecoderPool) -> None:
    started, gate = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        started.set()
        gate.wait(20)

    hub, results = a_hub(), []
    stream = pool.open(hub, PictureStage(Collector(wait)), results.append, "one")
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


async def test_the_pool_knows_how_long_its_streams_wait_for_their_turn(pool: DecoderPool) -> None:
    started, gate = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        started.set()
        gate.wait(20)

    hub, results = a_hub(), []
    pool.open(hub, PictureStage(Collector(wait)), results.append, "one")
    assert pool.turn_s == 0
    hub.publish(CODED[0])
    await until(started.is_set)
    await until(lambda: pool.turn_s > 0.05)
    gate.set()
    await until(lambda: bool(results))
    hub.publish(CODED[10])
    await until(lambda: pool.turn_s < 0.05)
