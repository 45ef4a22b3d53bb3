"""How long a device that failed is left alone."""

from __future__ import annotations

import asyncio

import pytest

from axxond.devices import knock
from protocol.types import FailureKind


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Sleeping takes no time, but counts."""
    found: list[float] = []
    loop_time = [0.0]

    async def sleep(seconds: float) -> None:
        found.append(seconds)
        loop_time[0] += seconds

    class Loop:
        def time(self) -> float:
            return loop_time[0]

    monkeypatch.setattr(knock.asyncio, "sleep", sleep)
    monkeypatch.setattr(knock.asyncio, "get_running_loop", Loop)
    return found


async def wait(delay_s: float, failure: FailureKind, answers_at: int | None) -> int:
    """How often it was knocked; the `answers_at`th knock is answered."""
    knocks = 0

    async def knocking(url: str) -> bool:
        nonlocal knocks
        knocks += 1
        return knocks == answers_at

    await knock.wait("rtsp://192.0.2.1/stream", delay_s, failure, knocking)
    return knocks


async def test_a_device_that_answers_is_tried_again_after_three_seconds(
    slept: list[float],
) -> None:
    assert await wait(30, FailureKind.STALLED, 1) == 1
    assert sum(slept) == 3


async def test_a_device_that_comes_back_is_tried_within_two_seconds_more(
    slept: list[float],
) -> None:
    assert await wait(30, FailureKind.UNREACHABLE, 5) == 5
    assert sum(slept) == 3 + 4 * 2


async def test_a_device_that_stays_away_is_tried_when_its_time_has_come(
    slept: list[float],
) -> None:
    await wait(30, FailureKind.UNREACHABLE, None)
    assert sum(slept) == pytest.approx(30)


async def test_a_first_failure_is_tried_again_soon(slept: list[float]) -> None:
    assert await wait(1, FailureKind.CLOSED, None) == 0
    assert sum(slept) == 1


@pytest.mark.parametrize("failure", [FailureKind.LOGIN, FailureKind.UNSUPPORTED])
async def test_a_wrong_password_is_not_tried_more_often_because_the_camera_answers(
    slept: list[float], failure: FailureKind
) -> None:
    assert await wait(30, failure, 1) == 0
    assert sum(slept) == 30


async def test_a_port_that_accepts_answers_and_a_closed_one_does_not() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await knock.knock(f"rtsp://127.0.0.1:{port}/x")
    server.close()
    await server.wait_closed()
    assert not await knock.knock(f"rtsp://127.0.0.1:{port}/x")


@pytest.mark.parametrize("url", ["/dev/video0", "file:///a.mkv", "rtsp://[", ""])
async def test_what_has_no_host_does_not_answer(url: str) -> None:
    assert not await knock.knock(url)
