"""A camera that dies is told as a loss of its signal, and as its end when it is back; one without
a microphone has no sound."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from axxon_client.net.link import ServerLink
from protocol.types import EventRecord, Phase
from tests.e2e.detectors import add_camera, told, watching
from tests.e2e.harness import Simulator, free_port, until

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.busy_loop("it starts programs and waits for them"),
]

DETECTORS = {
    "signal": {"type": "signal_loss"},
    "silence": {"type": "audio_no_signal", "period_s": 3.0},
}
_CAMERA = ("--cameras", "1", "--size", "320x180", "--fps", "10")


async def losses(link: ServerLink, camera: str) -> list[EventRecord]:
    return [event for name, event in await told(link, camera) if name == "signal"]


async def reaches(link: ServerLink, camera: str, phases: list[Phase], what: str) -> None:
    async def so() -> bool:
        return [event.phase for event in await losses(link, camera)] == phases

    await until(so, 40, what)


async def test_a_camera_that_dies_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    async with watching(tmp_path) as link:
        with Simulator(*_CAMERA, port=port) as camera:
            id_ = await add_camera(link, "gate", camera.cameras[0]["url"], DETECTORS)

            async def silent() -> bool:
                return [name for name, _ in await told(link, id_)] == ["silence"]

            await until(silent, 30, "the silence of a camera without a microphone")
        await reaches(link, id_, [Phase.BEGIN], "the loss")
        await asyncio.sleep(2)
        assert len(await losses(link, id_)) == 1  # not with every attempt to connect
        with Simulator(*_CAMERA, port=port) as camera:
            await reaches(link, id_, [Phase.BEGIN, Phase.END], "its end")
            begin, end = await losses(link, id_)
            assert begin.group == end.group
            assert end.time_us > begin.time_us
            assert "no picture" in begin.text
            camera.signal(signal.SIGSTOP)  # connected, but dead
            await reaches(link, id_, [Phase.BEGIN, Phase.END, Phase.BEGIN], "the stall")
            camera.signal(signal.SIGCONT)
            phases = [Phase.BEGIN, Phase.END] * 2
            await reaches(link, id_, phases, "the end of the stall")
