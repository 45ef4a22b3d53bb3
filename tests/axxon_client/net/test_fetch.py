"""Files of export jobs over TLS: whole, after a lost connection, and never half."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from axxon_client.net import fetch as module
from axxon_client.net.errors import LinkError
from axxon_client.net.fetch import fetch_export
from axxon_client.net.link import ServerLink
from protocol.errors import ProtocolError
from protocol.messages import (
    DeleteExport,
    Done,
    ExportJobs,
    ExportStarted,
    FetchExport,
    ListExports,
    StartExport,
)
from protocol.types import ExportRecord, ExportState
from tests.axxon_client.net.test_over_tls import link_to
from tests.fakes.server import FakeServer


async def made(link: ServerLink, server: FakeServer, slow: bool = False) -> ExportRecord:
    """A job of some megabytes that is done."""
    server.media.piece_s = 0.01 if slow else 0.0
    begin_us = server.world.cameras["camera-1"].footage[0].begin_us
    order = StartExport(["camera-1"], begin_us, begin_us + 300_000_000)
    job = (await link.ask(order, ExportStarted)).job
    while job.state is not ExportState.DONE:
        await asyncio.sleep(0.01)
        job = (await link.ask(ListExports(), ExportJobs)).jobs[0]
    return job


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("case*")]


async def test_a_file_comes_whole_with_progress(fake_server: FakeServer, tmp_path: Path) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    job = await made(link, fake_server)
    path, told = tmp_path / "Videos" / "case.mkv", list[int]()
    await fetch_export(link, job, path, told.append)
    assert path.read_bytes() == fake_server.exports.file(job.id)
    assert told == sorted(told)
    assert told[-1] == job.file_bytes
    assert left_in(path.parent) == ["case.mkv"]
    await link.close()


async def test_a_lost_connection_goes_on_where_it_was(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    job = await made(link, fake_server, slow=True)
    offsets: list[int] = []
    open_pulled = link.open_pulled

    async def watched(request: FetchExport, listener: object) -> object:
        offsets.append(request.offset_bytes)
        return await open_pulled(request, listener)  # type: ignore[arg-type]

    link.open_pulled = watched  # type: ignore[method-assign, assignment]

    def told(received: int) -> None:
        if len(offsets) == 1 and received > 100_000:
            fake_server.drop()

    path = tmp_path / "case.mkv"
    await fetch_export(link, job, path, told)
    assert path.read_bytes() == fake_server.exports.file(job.id)
    assert len(offsets) == 2
    assert offsets[1] > 100_000
    await link.close()


async def test_a_server_that_stays_away_leaves_nothing_behind(
    fake_server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_COME_BACK_S", 0.2)
    monkeypatch.setattr(module, "_ASK_AGAIN_S", 0.1)
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    job = await made(link, fake_server, slow=True)
    stopping: list[asyncio.Task[None]] = []

    def told(received: int) -> None:
        if not stopping:
            stopping.append(asyncio.create_task(fake_server.stop()))

    with pytest.raises(LinkError):
        await fetch_export(link, job, tmp_path / "case.mkv", told)
    await stopping[0]
    assert left_in(tmp_path) == []
    await link.close()


async def test_a_cancelled_transfer_leaves_nothing_behind(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    job = await made(link, fake_server, slow=True)
    begun = asyncio.Event()
    path = tmp_path / "case.mkv"
    task = asyncio.create_task(fetch_export(link, job, path, lambda _n: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_in(tmp_path) == []
    await link.close()


async def test_a_job_that_is_gone_is_refused_in_words(
    fake_server: FakeServer, tmp_path: Path
) -> None:
    link = link_to(fake_server, tmp_path)
    await link.open("admin", fake_server.password)
    job = await made(link, fake_server)
    await link.ask(DeleteExport(job.id), Done)
    with pytest.raises(ProtocolError, match="no such export"):
        await fetch_export(link, job, tmp_path / "case.mkv", lambda _n: None)
    assert left_in(tmp_path) == []
    await link.close()
