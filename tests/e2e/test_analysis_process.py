"""The process that analyses dies under a running server: detectors go on, recording too."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from axxon_client.net.link import ServerLink
from protocol.messages import GetTimeLine, JournalPage, QueryJournal, TimeLine
from protocol.types import Phase
from tests.e2e.detectors import add_camera, told, watching
from tests.e2e.harness import Simulator, until
from tests.e2e.test_live_offline import FILMS, encoded

FAR_US = 4_000_000_000_000_000
FILM = FILMS[0]  # people come and go all the time

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not os.environ.get("AXXON_SLOW"), reason="a proof of a minute: set AXXON_SLOW=1 to run it"
    ),
]


def analysing() -> list[psutil.Process]:
    """The processes that analyse for servers started here."""
    mine = psutil.Process().children(recursive=True)
    return [one for one in mine if "axxond.stream.worker" in one.cmdline()]


async def crossed(link: ServerLink, camera: str, since_us: int = 0) -> bool:
    events = await told(link, camera)
    return any(name == "line" and event.time_us > since_us for name, event in events)


async def lost(link: ServerLink, camera: str) -> int:
    query = QueryJournal(types=["detectors.lost"], objects=[camera])
    return len((await link.ask(query, JournalPage)).events)


@pytest.mark.busy_loop("it starts programs and waits for them")
async def test_detectors_go_on_and_recording_does_not_notice(
    shared_data: Path, tmp_path: Path
) -> None:
    film = encoded(FILM, shared_data, tmp_path)
    async with watching(tmp_path) as link:
        with Simulator("--cameras", "1", "--clip", str(film)) as simulator:
            url = simulator.cameras[0]["url"]
            camera = await add_camera(link, "gate", url, FILM.detectors)

            await until(lambda: crossed(link, camera), 60, "somebody crossing the line")
            (process,) = analysing()
            process.kill()

            async def is_told() -> bool:
                return await lost(link, camera) == 1

            await until(is_told, 10, "the loss in the journal")
            since_us = (await told(link, camera))[-1][1].time_us
            await until(
                lambda: crossed(link, camera, since_us), 60, "a crossing seen by another process"
            )
            (another,) = analysing()
            assert another.pid != process.pid
            await asyncio.sleep(1)
            line = await link.ask(GetTimeLine(camera, 0, FAR_US), TimeLine)
        footage = [span for span in line.spans if span.kind in ("footage", "gap")]
        assert [span.kind for span in footage] == ["footage"]
        phases = [event.phase for name, event in await told(link, camera) if name == "motion"]
        assert phases[:3] == [Phase.BEGIN, Phase.END, Phase.BEGIN]
    assert analysing() == []
