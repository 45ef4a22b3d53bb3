from __future__ import annotations

import asyncio

import pytest

from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import ExportMask, ExportState
from tests.axxond.server.test_playback import settle, told_of
from tests.fakes.system import FakeSystem

SQUARE = [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]


async def finished(system: FakeSystem, client, **more: object) -> str:
    """A job that is done; its id."""
    reply = await client.ask(m.StartExport(["cam1"], 0, 1, **more))
    await system.exports.wait(reply.job.id)
    return reply.job.id


async def refused(client, request: m.Request) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        await client.ask(request)
    return caught.value


# --- the quick way ---


async def test_an_export_arrives_whole_with_progress_and_leaves_no_file(client, system):
    somebody = await client()
    opened = await somebody.ask(m.Export("cam1", 0, 1, "mp4"))
    await somebody.until(lambda: told_of(somebody))
    assert told_of(somebody) == ["end"]
    assert b"".join(frame.payload for frame in somebody.frames) == system.exports.content
    told = somebody.notices(m.ExportProgress)
    assert [(item.share, item.file_bytes) for item in told] == [(0.5, 0), (1.0, 256_000)]
    assert {frame.channel for frame in somebody.frames} == {opened.channel}
    assert [order.form for order in system.exports.orders] == ["mp4"]
    assert system.exports.jobs == {}
    assert list(system.exports.folder.glob("job*")) == []


async def test_an_export_waits_for_credit(client, system: FakeSystem):
    somebody = await client()
    opened = await somebody.ask(m.Export("cam1", 0, 1, credit_bytes=1))
    await somebody.until(lambda: somebody.frames)
    await settle(somebody)
    assert len(somebody.frames) == 1
    somebody.wire.notify(m.Credit(opened.channel, 1_000_000))
    await somebody.until(lambda: told_of(somebody))


async def test_a_closed_export_is_given_up_with_its_job(client, system: FakeSystem):
    system.exports.gate = asyncio.Event()
    somebody = await client()
    opened = await somebody.ask(m.Export("cam1", 0, 1))
    await somebody.until(lambda: somebody.notices(m.ExportProgress))
    assert set(system.exports.jobs) == {"job1"}
    await somebody.ask(m.CloseChannel(opened.channel))
    assert system.exports.jobs == {}
    assert somebody.frames == []


async def test_an_export_of_no_camera_is_told_on_its_channel(client):
    somebody = await client()
    await somebody.ask(m.Export("cam9", 0, 1))
    await somebody.until(lambda: told_of(somebody))
    (notice,) = somebody.notices(m.ChannelNotice)
    assert (notice.what, notice.text) == ("closed", "there is no such camera")


# --- jobs ---


async def test_jobs_are_listed_with_the_room_they_take(client, system: FakeSystem):
    somebody = await client()
    job = await finished(system, somebody, comment="For the police")
    listed = await somebody.ask(m.ListExports())
    assert [(one.id, one.state, one.comment) for one in listed.jobs] == [
        (job, ExportState.DONE, "For the police")
    ]
    assert (listed.used_bytes, listed.limit_bytes) == (256_000, 1000)


async def test_a_finished_job_is_fetched_as_often_as_wanted_and_from_anywhere(
    client, system: FakeSystem
):
    somebody = await client()
    job = await finished(system, somebody)
    await somebody.ask(m.FetchExport(job))
    await somebody.until(lambda: told_of(somebody))
    assert b"".join(frame.payload for frame in somebody.frames) == system.exports.content
    assert system.exports.took == [(job, "admin")]
    assert system.exports.in_use == []
    again = await client()
    await again.ask(m.FetchExport(job, 250_000))
    await again.until(lambda: told_of(again))
    assert b"".join(frame.payload for frame in again.frames) == system.exports.content[250_000:]


async def test_what_is_not_done_cannot_be_fetched(client, system: FakeSystem):
    somebody = await client()
    reply = await somebody.ask(m.StartExport(["cam1"], 0, 1))
    assert (await refused(somebody, m.FetchExport(reply.job.id))).code is ErrorCode.CONFLICT
    await somebody.ask(m.CancelExport(reply.job.id))
    (job,) = (await somebody.ask(m.ListExports())).jobs
    assert job.state is ExportState.CANCELLED
    await somebody.ask(m.DeleteExport(reply.job.id))
    assert (await somebody.ask(m.ListExports())).jobs == []


async def test_the_topic_tells_of_every_change(client, system: FakeSystem):
    watcher, somebody = await client(), await client()
    await watcher.ask(m.Subscribe(["exports"]))
    await finished(system, somebody)
    await watcher.until(lambda: len(watcher.notices(m.ExportNotice)) == 2)
    states = [notice.job.state for notice in watcher.notices(m.ExportNotice)]
    assert states == [ExportState.RUNNING, ExportState.DONE]


async def test_the_topic_takes_the_right_to_export(client):
    error = await refused(await client("viewer"), m.Subscribe(["exports"]))
    assert error.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (m.StartExport(["cam1"], 0, 1, "gif"), "form"),
        (m.StartExport(["cam1"], 1, 1), "end_us"),
        (m.StartExport(["cam1"], 0, 40 * 86_400_000_000, "jpeg"), "end_us"),
        (m.StartExport(["cam1"], 0, 5 * 86_400_000_000, "mkv"), "end_us"),
        (m.StartExport(["cam1"], 0, 1, comment="x" * 2001), "comment"),
        (m.StartExport(["cam1"], 0, 1, password="x" * 129), "password"),
        (m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam2", [SQUARE])]), "masks[0].camera"),
        (
            m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam1", [SQUARE])] * 2),
            "masks[1].camera",
        ),
        (m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam1", [])]), "masks[0].polygons"),
        (
            m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam1", [SQUARE[:2]])]),
            "masks[0].polygons",
        ),
        (
            m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam1", [[*SQUARE, [2.0, 0.0]]])]),
            "masks[0].polygons",
        ),
        (
            m.StartExport(["cam1"], 0, 1, masks=[ExportMask("cam1", [SQUARE], "blur")]),
            "masks[0].how",
        ),
    ],
)
async def test_a_wrong_order_is_refused_with_the_field(client, order: m.StartExport, field: str):
    error = await refused(await client(), order)
    assert (error.code, error.obj) == (ErrorCode.INVALID, field)
