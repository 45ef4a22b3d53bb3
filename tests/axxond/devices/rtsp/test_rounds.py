from __future__ import annotations

import asyncio

from axxond.devices.rtsp import rounds
from axxond.devices.rtsp.rounds import Rounds


class Transport:
    def __init__(self) -> None:
        self.reads = True
        self.closing = False
        self.resumed = asyncio.Event()

    def pause_reading(self) -> None:
        assert self.reads
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.reads
        self.reads = True
        self.resumed.set()

    def is_closing(self) -> bool:
        return self.closing


def playing(count: int) -> tuple[Rounds, list[Transport]]:
    shared = Rounds(asyncio.get_running_loop())
    transports = [Transport() for _ in range(count)]
    for _ in transports:
        shared.enter()
    return shared, transports


async def test_a_few_streams_are_read_at_once() -> None:
    shared, transports = playing(8)
    for transport in transports:
        shared.rest(transport, 1000)
    assert shared.interval_s == 0
    assert all(transport.reads for transport in transports)


async def test_many_streams_rest_and_are_read_in_one_round() -> None:
    shared, transports = playing(9)
    for transport in transports:
        shared.rest(transport, 1000)
        shared.rest(transport, 1000)  # TLS may deliver once more after a pause
    assert not any(transport.reads for transport in transports)
    await transports[0].resumed.wait()
    assert all(transport.reads for transport in transports)


async def test_a_long_read_is_followed_by_another() -> None:
    shared, transports = playing(9)
    shared.rest(transports[0], 64 << 10)
    assert transports[0].reads


async def test_the_interval_grows_with_the_streams_up_to_a_limit() -> None:
    assert playing(16)[0].interval_s < playing(32)[0].interval_s
    assert playing(1000)[0].interval_s == 0.1


async def test_a_stream_that_ends_is_left_alone_and_no_timer_stays() -> None:
    shared, transports = playing(10)
    shared.rest(transports[0], 1000)
    shared.rest(transports[1], 1000)
    transports[0].closing = True
    await transports[1].resumed.wait()
    assert not transports[0].reads
    shared.rest(transports[1], 1000)
    shared.leave(transports[1])
    shared.leave(transports[0])
    assert shared._timer is None
    assert shared.interval_s == 0


async def test_all_streams_of_a_loop_share_their_rounds() -> None:
    loop = asyncio.get_running_loop()
    assert rounds.of_loop(loop) is rounds.of_loop(loop)
