from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from axxon_client.video.pool import DecodePool

WAIT_S = 20.0


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    made = DecodePool(3)
    yield made
    made.close()


def test_a_lanes_calls_run_in_order_one_at_a_time(pool: DecodePool) -> None:
    lane = pool.lane()
    done = threading.Event()
    seen: list[int] = []
    inside = [0]
    worst = [0]

    def work(number: int) -> None:
        inside[0] += 1
        worst[0] = max(worst[0], inside[0])
        seen.append(number)
        inside[0] -= 1

    for number in range(500):
        lane.put(lambda number=number: work(number))
    lane.put(done.set)
    assert done.wait(WAIT_S)
    assert seen == list(range(500))
    assert worst == [1]


def test_lanes_run_side_by_side(pool: DecodePool) -> None:
    """Each waits for the other: one after the other would hang."""
    meeting = threading.Barrier(2, timeout=WAIT_S)
    met = [threading.Event(), threading.Event()]
    for event in met:

        def work(event: threading.Event = event) -> None:
            meeting.wait()
            event.set()

        pool.lane().put(work)
    assert all(event.wait(WAIT_S) for event in met)


def test_urgent_calls_go_first(pool: DecodePool) -> None:
    lane = pool.lane()
    gate, done = threading.Event(), threading.Event()
    seen: list[str] = []
    lane.put(lambda: gate.wait(WAIT_S) and None)
    lane.put(lambda: seen.append("later"))
    lane.put(done.set)
    lane.put_urgent(lambda: seen.append("first"))
    lane.put_urgent(lambda: seen.append("second"))
    gate.set()
    assert done.wait(WAIT_S)
    assert seen == ["first", "second", "later"]


def test_closing_drops_what_waits_and_waits_for_what_runs(pool: DecodePool) -> None:
    lane = pool.lane()
    running, gate = threading.Event(), threading.Event()
    seen: list[str] = []

    def work() -> None:
        running.set()
        gate.wait(WAIT_S)
        seen.append("finished")

    lane.put(work)
    lane.put(lambda: seen.append("dropped"))
    assert running.wait(WAIT_S)
    threading.Timer(0.05, gate.set).start()
    lane.close()
    assert seen == ["finished"]
    lane.put(lambda: seen.append("late"))
    assert seen == ["finished"]


def test_a_call_that_fails_ends_neither_thread_nor_lane(
    pool: DecodePool, caplog: pytest.LogCaptureFixture
) -> None:
    lane = pool.lane()
    done = threading.Event()
    for _ in range(5):
        lane.put(lambda: 1 // 0)  # type: ignore[arg-type]
    lane.put(done.set)
    assert done.wait(WAIT_S)
    assert "a call in a decode thread failed" in caplog.text
