"""What a real daemon has recorded: played and exported whole, also over a crash, and recording
does not notice."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from axxon_client.net.channels import PulledChannel
from axxon_client.net.link import ServerLink
from axxon_client.net.wire import ChannelMessage
from protocol.messages import (
    ChannelNotice,
    ExportJobs,
    ExportStarted,
    GetStatus,
    ListExports,
    MediaFrame,
    OpenPlayback,
    ServerStatus,
    StartExport,
)
from protocol.types import ExportRecord, ExportState
from tests.e2e.harness import until
from tests.e2e.recorded import SECOND, Place, Site, logged_in, recording_site

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Of all tests here, in their order: the last one kills its daemon."""
    with recording_site(tmp_path_factory.mktemp("exports")) as site:
        yield site


@pytest.fixture
async def place(site: Site) -> AsyncIterator[Place]:
    async with logged_in(site) as place:
        yield place


def duration(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json"]
    done = subprocess.run(
        [*command, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return float(found["format"]["duration"])


def decode_errors(path: Path) -> str:
    """A loaded machine's cameras come with jitter: pictures keep their own times, or ffmpeg would
    complain of two within one frame time of its guess."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-enc_time_base", "-1", "-f", "null", "-"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    ).stderr.strip()


def check_films(bundle: Path, folder: Path) -> None:
    """Two cameras, each exactly 8 s that decode."""
    shutil.unpack_archive(bundle, folder)
    films = sorted((folder / "media").glob("*/*.mp4"))
    assert len(films) == 2
    for film in films:
        assert abs(duration(film) - 8) <= 0.04
        assert decode_errors(film) == ""


async def job_of(link: ServerLink, job: str) -> ExportRecord:
    reply = await link.ask(ListExports(), ExportJobs)
    return next(one for one in reply.jobs if one.id == job)


async def test_a_film_of_a_running_daemon_is_exact_and_decodes(
    place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    period = ("--from", "-9.5s", "--to", "-4.2s")
    done = await place.ctl("export", "Gate 0", *period, "-o", str(path))
    assert done.returncode == 0, done.stderr
    assert abs(await asyncio.to_thread(duration, path) - 5.3) <= 0.04
    assert await asyncio.to_thread(decode_errors, path) == ""
    assert (await place.ctl("exports", "--json")).stdout.strip() == "[]"


@define
class Viewer:
    """A client's reader that takes all that comes."""

    times_us: list[int] = field(factory=list)
    notices: list[str] = field(factory=list)
    channel: PulledChannel | None = None

    def reset(self) -> None:
        pass

    def media(self, frame: MediaFrame) -> None:
        self.times_us.append(frame.dts_us)
        if self.channel is not None:
            self.channel.consumed(len(frame.payload))

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, ChannelNotice):
            self.notices.append(message.what)

    def lost(self, reason: str) -> None:
        self.notices.append(reason)


async def test_playback_goes_on_with_what_is_being_recorded(place: Place) -> None:
    viewer = Viewer()
    began_us = place.link.server_now_us()
    request = OpenPlayback(place.cameras["Gate 0"], began_us - 6 * SECOND)
    viewer.channel = await place.link.open_pulled(request, viewer)

    async def beyond() -> bool:
        return bool(viewer.times_us) and viewer.times_us[-1] > began_us + 3 * SECOND

    await until(beyond, 30, "pictures from after the beginning of playback")
    await viewer.channel.close()
    steps_us = [b - a for a, b in itertools.pairwise(viewer.times_us)]
    assert min(steps_us) > 0, "a picture came twice"
    assert max(steps_us) < SECOND // 2, "a picture is missing"
    assert viewer.notices == []


async def test_recording_loses_nothing_while_two_exports_run(place: Place) -> None:
    order = StartExport(
        sorted(place.cameras.values()),
        place.now_us - 12 * SECOND,
        place.now_us - 2 * SECOND,
        "mkv",
        stamp=True,
    )
    jobs = [(await place.link.ask(order, ExportStarted)).job.id for _ in range(2)]

    async def ended() -> bool:
        return all([(await job_of(place.link, job)).state is ExportState.DONE for job in jobs])

    await until(ended, 120, "the exports' end")
    status = await place.link.ask(GetStatus(), ServerStatus)
    assert [one.lost_packets for one in status.cameras] == [0, 0]
    assert all(one.recording for one in status.cameras)
    events = json.loads((await place.ctl("events", "--type", "recording.", "--json")).stdout)
    assert [event for event in events if event["type"] == "recording.lost"] == []


async def test_a_job_survives_kill_9_and_its_evidence_verifies(
    place: Place, tmp_path: Path
) -> None:
    begin_us, end_us = place.now_us - 12 * SECOND, place.now_us - 4 * SECOND
    order = StartExport(
        sorted(place.cameras.values()), begin_us, end_us, "mp4", stamp=True, evidence=True
    )
    job = (await place.link.ask(order, ExportStarted)).job

    async def running() -> bool:
        return (await job_of(place.link, job.id)).state is not ExportState.WAITING

    await until(running, 20, "the export's start")
    place.daemon.kill()
    await asyncio.to_thread(place.daemon.start)
    await place.logged_in_again()

    async def ended() -> bool:
        now = await job_of(place.link, job.id)
        assert now.state is not ExportState.FAILED, now.text
        return now.state is ExportState.DONE

    await until(ended, 90, "the export's end")
    key = (await place.link.ask(GetStatus(), ServerStatus)).evidence_key
    bundle = tmp_path / "evidence.zip"
    fetched = await place.ctl("exports", job.id, "--fetch", "-o", str(bundle))
    assert fetched.returncode == 0, fetched.stderr
    good = await place.ctl("verify", str(bundle), "--key", key)
    assert good.returncode == 0, good.stdout + good.stderr
    await asyncio.to_thread(check_films, bundle, tmp_path / "open")
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    assert (await place.ctl("verify", str(bundle), "--key", key)).returncode == 1
    types = {
        event["type"]
        for event in json.loads((await place.ctl("events", "--type", "export.", "--json")).stdout)
    }
    assert {"export.started", "export.done", "export.fetched"} <= types
