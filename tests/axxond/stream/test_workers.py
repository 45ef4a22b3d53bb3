"""Processes that decode: what happens when they end, hang or talk."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from axxond.stream.crew import Duty, Seat
from axxond.stream.workers import ProcessCrew
from tests.axxond.stream.test_crew import Reader, packet
from tests.fakes.stages import Echo, Place


@pytest.fixture
async def crew() -> AsyncIterator[ProcessCrew]:
    made = ProcessCrew(1)
    yield made
    await made.close()


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while psutil.pid_exists(pid):  # noqa: ASYNC110 - a process tells nobody
            await asyncio.sleep(0.01)


async def test_a_crash_is_the_streams_whose_packet_it_was(crew: ProcessCrew) -> None:
    bad, good = Reader(), Reader()
    guilty, other = bad.sit(crew, Echo("exit")), good.sit(crew, Echo())
    other.work([packet(1)])
    await good.hear()
    guilty.work([packet(13)])
    other.work([packet(2)])
    await bad.hear_loss()
    await good.hear_loss()
    assert (bad.losses, good.losses) == ([True], [False])


async def test_another_process_takes_the_place_of_one_that_has_gone(crew: ProcessCrew) -> None:
    reader = Reader()
    reader.sit(crew, Echo("exit")).work([packet(13)])
    await reader.hear_loss()
    seat = reader.sit(crew, Echo())
    seat.work([packet(5)])
    assert await reader.hear() == [5]
    seat.leave()
    await reader.hear()


async def test_one_that_is_killed_while_idle_is_nobodys_fault(crew: ProcessCrew) -> None:
    reader = Reader()
    reader.sit(crew, Echo()).work([packet(1)])
    await reader.hear()
    os.kill(crew.pids[0], signal.SIGKILL)
    await reader.hear_loss()
    assert reader.losses == [False]
    assert crew.pids == []


async def test_one_that_hangs_is_ended(crew: ProcessCrew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axxond.stream.workers._LOOK_S", 0.05)
    reader = Reader()
    seat = reader.sit(crew, Echo("hang"))
    seat.work([packet(1)])
    assert await reader.hear() == [1]
    (pid,) = crew.pids
    seat.work([packet(13)])
    await reader.hear_loss()
    assert reader.losses == [True]
    await until_gone(pid)


async def test_one_that_never_gets_ready_is_ended_and_all_its_streams_have_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("axxond.stream.workers._LOOK_S", 0.05)
    monkeypatch.setattr("axxond.stream.workers._START_LOOKS", 20)
    crew = ProcessCrew(1, partial(signal.pause))
    readers = Reader(), Reader()
    for reader in readers:
        reader.sit(crew, Echo()).work([packet(1)])
    for reader in readers:
        await reader.hear_loss()
        assert reader.losses == [True]
    await crew.close()


async def test_one_that_hangs_does_not_keep_the_server_from_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("axxond.stream.workers._CLOSE_S", 0.1)
    crew, reader = ProcessCrew(1), Reader()
    seat = reader.sit(crew, Echo("hang"))
    seat.work([packet(1)])
    await reader.hear()
    (pid,) = crew.pids
    seat.work([packet(13)])
    await crew.close()
    assert not psutil.pid_exists(pid)


async def test_what_a_library_prints_is_no_answer(crew: ProcessCrew) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo("print"))
    seat.work([packet(13), packet(14)])
    assert await reader.hear() == [13, 14]
    seat.leave()
    await reader.hear()


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_signals_to_the_whole_group_leave_it_at_work(
    crew: ProcessCrew, word: signal.Signals
) -> None:
    reader = Reader()
    seat = reader.sit(crew, Echo())
    seat.work([packet(1)])
    await reader.hear()
    os.kill(crew.pids[0], word)
    seat.work([packet(2)])
    assert await reader.hear() == [2]
    seat.leave()
    await reader.hear()


async def test_few_streams_share_a_process_and_many_are_spread() -> None:
    crew, reader = ProcessCrew(2), Reader()
    seats = [crew.seat(Duty("one", Place(), reader.done, reader.lost)) for _ in range(8)]
    assert len(await places(reader, seats)) == 1
    seats += [crew.seat(Duty("one", Place(), reader.done, reader.lost)) for _ in range(16)]
    assert len(await places(reader, seats)) == 2
    assert len(crew.pids) == 2, "as many as may be"
    pids = crew.pids
    await crew.close()
    for pid in pids:
        await until_gone(pid)


async def test_two_streams_of_high_quality_fill_a_process() -> None:
    crew, reader = ProcessCrew(4), Reader()
    seats = [crew.seat(Duty("one", Place(), reader.done, reader.lost, 4)) for _ in range(3)]
    found = [await places(reader, [seat]) for seat in seats]
    assert found[0] == found[1] != found[2]
    await crew.close()


async def places(reader: Reader, seats: list[Seat]) -> set[int]:
    """The processes that the seats are in."""
    found: set[int] = set()
    for seat in seats:
        seat.work([packet(1)])
        found |= set(await reader.hear())
    return found


async def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """However that ends: its end of the pipe is closed."""
    told = tmp_path / "pid"
    script = (
        "import asyncio, sys, time\n"
        "from pathlib import Path\n"
        "from axxond.stream.workers import ProcessCrew\n"
        "from tests.axxond.stream.test_crew import Reader, packet\n"
        "from tests.fakes.stages import Echo\n"
        "async def main():\n"
        "    crew, reader = ProcessCrew(1), Reader()\n"
        "    reader.sit(crew, Echo()).work([packet(1)])\n"
        "    await reader.hear()\n"
        "    Path(sys.argv[1]).write_text(str(crew.pids[0]))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(told), env=os.environ | {"PYTHONPATH": "."}
    )
    async with asyncio.timeout(30):
        while not told.exists() or not told.read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    pid = int(told.read_text())
    process.kill()
    await process.wait()
    await until_gone(pid)
