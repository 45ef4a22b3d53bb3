from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from attrs import evolve, frozen

from axxond.media.packet import Packet
from axxond.stream.decoder import PictureStage
from axxond.stream.hub import Gap, Item, StreamHub, StreamKey
from axxond.stream.pool import DecoderPool
from axxond.stream.stage import Recipe, Stage
from protocol.types import AudioFormat, Codec, GapReason, StreamRole
from tests.fakes.coded import packets
from tests.fakes.crew import Made, ThreadCrew
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
    made = DecoderPool(ThreadCrew(2))
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

    stream = pool.open(hub, Made(PictureStage(work)), take, "one")
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
    pool.open(hub, Made(PictureStage(work)), results.append, "one")
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
    stream = pool.open(hub, Made(PictureStage(work)), results.append, "slow")
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
    single = DecoderPool(ThreadCrew())
    for hub, name in ((busy, "busy"), (other, "other")):
        work = Collector(lambda _: gate.wait(20) and None)
        single.open(hub, Made(PictureStage(work)), lambda _, name=name: order.append(name), name)
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
    stream = pool.open(hub, Made(PictureStage(Collector(fail))), results.append, "frail")
    for packet in CODED:
        hub.publish(packet)
    await until(lambda: len(results) == 25)
    assert stream.stats.errors == 5
    assert [record.message for record in caplog.records] == [
        "frail failed (further failures are counted only)"
    ]


async def test_closing_waits_for_the_running_job(pool: DecoderPool) -> None:
    started, gate = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        started.set()
        gate.wait(20)

    hub, results = a_hub(), []
    stream = pool.open(hub, Made(PictureStage(Collector(wait))), results.append, "one")
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
    pool.open(hub, Made(PictureStage(Collector(wait))), results.append, "one")
    assert pool.turn_s == 0
    hub.publish(CODED[0])
    await until(started.is_set)
    await until(lambda: pool.turn_s > 0.05)
    gate.set()
    await until(lambda: bool(results))
    hub.publish(CODED[10])
    await until(lambda: pool.turn_s < 0.05)


class Ledger(Stage[Any]):
    """Answers each packet by its time; notes what it is told."""

    def __init__(self, told: list[Any]) -> None:
        super().__init__()
        self._told = told

    def feed(self, item: Item) -> Iterator[Any]:
        assert isinstance(item, Packet)
        yield item.pts_us

    def told(self, word: Any) -> list[Any]:
        self._told.append(word)
        return [word]


@frozen
class LedgerRecipe(Recipe[Any]):
    told: list[Any]

    def stage(self) -> Ledger:
        return Ledger(self.told)


async def test_the_last_word_is_heard_and_answered_before_the_stream_is_closed() -> None:
    pool, told, results = DecoderPool(ThreadCrew()), [], []
    hub = a_hub()
    stream = pool.open(hub, LedgerRecipe(told), results.append, "one")
    stream.tell("first")
    hub.publish(CODED[0])
    await until(lambda: bool(results))
    await stream.close("last")
    assert told == ["first", "last"]
    assert results == [CODED[0].pts_us, "last"]
    await pool.close()


async def test_a_stream_that_has_lost_its_seat_goes_on_with_what_it_was_told_last() -> None:
    crew = ThreadCrew()
    pool, told, results, lost = DecoderPool(crew), [], [], []
    hub = a_hub()
    stream = pool.open(hub, LedgerRecipe(told), results.append, "one", lost.append)
    for word in ("one", "another", 5):
        stream.tell(word)
    hub.publish(CODED[0])
    await until(lambda: bool(results))
    crew.seats[-1].lose()
    assert lost == [0.0], "it was not at work: nothing keeps it from going on at once"
    hub.publish(CODED[10])
    await until(lambda: results[-1] == CODED[10].pts_us)
    assert told == ["one", "another", 5, "another", 5]
    await pool.close()


async def test_what_all_are_told_is_told_to_those_that_come_later_too() -> None:
    crew = ThreadCrew()
    pool, first, later = DecoderPool(crew), [], []
    one = pool.open(a_hub(), LedgerRecipe(first), print, "one")
    pool.tell("to all")
    other = pool.open(a_hub(), LedgerRecipe(later), print, "other")
    await one.close("last")
    await other.close("last")
    assert first == later == ["to all", "last"]
    await pool.close()


async def test_a_stream_to_blame_pauses_ever_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axxond.stream.pool._FIRST_WAIT_S", 0.02)
    monkeypatch.setattr("axxond.stream.pool._MOST_WAIT_S", 0.05)
    gate = threading.Event()
    crew, lost, results = ThreadCrew(), [], []
    pool, hub = DecoderPool(crew), a_hub()
    stage = PictureStage(Collector(lambda _: gate.wait(20) and None))
    pool.open(hub, Made(stage), results.append, "one", lost.append)
    for taken in range(1, 4):
        hub.publish(CODED[0])
        await until(lambda taken=taken: len(crew.seats) == taken)
        await until(lambda: crew.seats[-1].is_asked)
        crew.seats[-1].lose()
    assert lost == [0.02, 0.04, 0.05]
    gate.set()
    hub.publish(CODED[10])
    await until(lambda: bool(results))
    assert results == [CODED[10].pts_us]
    await pool.close()


async def test_a_stream_without_a_seat_closes_at_once() -> None:
    crew, told = ThreadCrew(), []
    pool = DecoderPool(crew)
    stream = pool.open(a_hub(), LedgerRecipe(told), print, "one")
    crew.seats[-1].lose()
    await stream.close("last")
    assert told == []
    await pool.close()


@pytest.mark.parametrize(
    ("role", "heavy", "weight"),
    [(StreamRole.LOW, True, 1), (StreamRole.HIGH, True, 4), (StreamRole.HIGH, False, 1)],
)
async def test_pictures_of_high_quality_weigh_more(
    role: StreamRole, heavy: bool, weight: int
) -> None:
    class Light(LedgerRecipe):
        pass

    Light.heavy = heavy
    crew = ThreadCrew()
    pool = DecoderPool(crew)
    pool.open(StreamHub(StreamKey("c", role)), Light([]), print, "one")
    assert crew.seats[-1].duty.weight == weight
    await pool.close()
