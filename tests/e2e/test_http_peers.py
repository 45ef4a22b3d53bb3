"""HTTP MJPEG from servers of the field: ffmpeg and Debian's motion."""

from __future__ import annotations

import asyncio
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from axxond.base.clock import SystemClock
from axxond.devices import drivers
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.probe import probe
from axxond.devices.supervisor import Backoff, StreamSupervisor
from axxond.media.packet import Packet
from protocol.types import Codec, FailureKind
from tests.e2e.harness import free_port
from tests.e2e.peers import pushers

pytestmark = [pytest.mark.peer, pytest.mark.timeout(60)]


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


async def watched(settings: StreamSettings, count: int, name: str = "mjpeg") -> list[Packet]:
    """As the daemon does it: again and again until the peer is up."""
    packets: list[Packet] = []
    full = asyncio.Event()

    def take(packet: Packet) -> None:
        packets.append(packet)
        if len(packets) >= count:
            full.set()

    supervisor = StreamSupervisor(
        settings,
        drivers.driver(name),
        take,
        lambda _state: None,
        SystemClock(),
        backoff=Backoff(first_s=0.2, longest_s=0.2),
    )
    supervisor.start()
    try:
        async with asyncio.timeout(30):
            await full.wait()
    finally:
        reason = supervisor.state.reason
        await supervisor.stop()
        assert full.is_set(), reason
    return packets


@pytest.mark.parametrize("name", ["mjpeg", "auto"])
async def test_ffmpeg_pushes_pictures(name: str) -> None:
    need("ffmpeg")
    with pushers.ffmpeg_mjpeg(free_port()) as url:
        packets = await watched(StreamSettings(url), 60, name)
    assert packets[0].format.codec is Codec.MJPEG
    assert (packets[0].format.width, packets[0].format.height) == (320, 240)
    steps = [b.pts_us - a.pts_us for a, b in pairwise(packets)]
    assert min(steps) > 0
    assert sum(steps) / len(steps) == pytest.approx(40_000, rel=0.3)


@pytest.mark.parametrize("log_in", ["none", "basic", "digest"])
async def test_motion_pushes_pictures(log_in: str, tmp_path: Path) -> None:
    need("motion")
    with pushers.motion(free_port(), tmp_path, log_in) as url:
        settings = StreamSettings(url, pushers.USER, pushers.PASSWORD)
        packets = await watched(settings, 15)
        assert (packets[0].format.width, packets[0].format.height) == (640, 360)
        if log_in != "none":
            wrong = StreamSettings(url, pushers.USER, "not-this-one")
            with pytest.raises(DeviceError) as caught:
                await probe(wrong, drivers.driver("mjpeg"), 10)
            assert caught.value.kind is FailureKind.LOGIN
            assert "not-this-one" not in str(caught.value)
