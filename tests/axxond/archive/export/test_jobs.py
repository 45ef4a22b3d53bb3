from __future__ import annotations

import asyncio
import json
import stat
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pyzipper

from axxond.archive.export import disk
from axxond.archive.export.job import Author
from axxond.base.units import DAY_US
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import ExportState, Phase
from tests.axxond.archive.export.jobs import (
    BY,
    CANCELLED,
    DONE,
    FAILED,
    World,
    archive_of_two,
    order,
    running,
)
from tests.axxond.archive.media import until
from tests.axxond.archive.test_players import decode_errors, probe


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with (
        archive_of_two(tmp_path) as (archive, clock),
        running(tmp_path, archive, clock) as world,
    ):
        yield world


async def refused(work: object) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        await work  # type: ignore[misc]
    return caught.value.code


# --- results ---


async def test_one_camera_is_one_film_that_plays(world: World) -> None:
    done = await world.made(["gate"], "mp4")
    assert (done.state, done.text) == (DONE, "")
    assert done.file_name == "Gate_1 2027-01-15T08-00-01Z.mp4"
    path = world.exports.result(done.id)
    assert path.stat().st_size == done.file_bytes > 0
    assert abs(float(probe(path)["format"]["duration"]) - 2) <= 0.002
    assert decode_errors(path) == ""


async def test_several_cameras_are_one_zip(world: World) -> None:
    done = await world.made(["gate", "yard"], "mkv")
    assert done.file_name == "export 2 cameras 2027-01-15T08-00-01Z.zip"
    with zipfile.ZipFile(world.exports.result(done.id)) as made:
        assert made.testzip() is None
        assert made.namelist() == [
            "Gate_1 2027-01-15T08-00-01Z.mkv",
            "Двор 2027-01-15T08-00-01Z.mkv",
        ]


async def test_pictures_lie_in_a_folder_a_camera(world: World) -> None:
    done = await world.made(["gate", "yard"], "jpeg", every_us=1_000_000)
    with zipfile.ZipFile(world.exports.result(done.id)) as made:
        assert [name.partition("/")[0] for name in made.namelist()] == ["Gate_1"] * 2 + [
            "Двор"
        ] * 2


async def test_a_password_takes_aes_256_and_is_stored_nowhere(world: World) -> None:
    secret = "korrektes Pferd"
    done = await world.made(["gate"], "mkv", password=secret)
    assert done.encrypted
    path = world.exports.result(done.id)
    with pyzipper.AESZipFile(path) as made:
        (info,) = made.infolist()
        assert (info.wz_aes_strength, info.flag_bits & 1) == (3, 1)
        with pytest.raises(RuntimeError):
            made.read(info.filename)
        made.setpassword(secret.encode())
        assert made.read(info.filename).startswith(b"\x1aE\xdf\xa3")
    for file in world.folder.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes()


async def test_a_camera_without_footage_is_named_and_fails_nothing(world: World) -> None:
    done = await world.made(["empty", "gate"])
    assert (done.state, done.text) == (DONE, "No footage of Cellar.")
    assert done.file_name.endswith(".mkv")
    none = await world.made(["empty"])
    assert (none.state, none.text) == (FAILED, "there is no footage of that period")
    assert [name for name in world.left() if none.id in name] == [f"{none.id}/job.json"]


async def test_nothing_but_the_result_is_left(world: World) -> None:
    done = await world.made(["gate", "yard"], "png", every_us=1_000_000)
    assert world.left() == [f"{done.id}/job.json", f"{done.id}/result"]
    assert stat.S_IMODE((world.folder / "exports" / done.id).stat().st_mode) == 0o700


async def test_a_full_disk_fails_the_job_with_its_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 1 << 60)
    done = await world.made(["gate"])
    assert done.state is FAILED
    assert "GiB left" in done.text
    assert world.left() == [f"{done.id}/job.json"]


# --- orders that are refused ---


@pytest.mark.parametrize(
    ("cameras", "code"),
    [
        (["nothing"], ErrorCode.NOT_FOUND),
        ([], ErrorCode.INVALID),
        (["gate", "gate"], ErrorCode.INVALID),
        ([f"cam{number}" for number in range(65)], ErrorCode.LIMIT),
    ],
)
async def test_wrong_cameras_are_refused(
    world: World, cameras: list[str], code: ErrorCode
) -> None:
    assert await refused(world.exports.start(order(cameras), BY)) is code
    assert world.left() == []
    assert world.events == []


# --- states, progress, journal ---


async def test_states_and_progress_are_told_in_order(world: World) -> None:
    done = await world.made(["gate", "yard"])
    assert [one.state for one in world.told][:2] == [ExportState.WAITING, ExportState.RUNNING]
    assert world.told[-1].state is DONE
    shares = [one.share for one in world.told]
    assert shares == sorted(shares)
    assert shares[-1] == done.share == 1.0
    assert {one.cameras_done for one in world.told} == {0, 1, 2}


async def test_the_journal_says_who_took_what_of_every_camera(world: World) -> None:
    done = await world.made(["gate", "yard"], comment="Case 17")
    world.exports.fetched(done.id, Author("bert", "192.0.2.9"))
    await world.exports.delete(done.id, BY)
    kinds = ["export.started", "export.done", "export.fetched", "export.removed"]
    for kind, who in zip(kinds, ["anna", "anna", "bert", "anna"], strict=True):
        events = world.says(kind)
        assert [event.object_id for event in events] == ["gate", "yard"]
        assert {event.user for event in events} == {who}
        assert {event.details["comment"] for event in events} == {"Case 17"}
    begin, end = world.says("export.started")[0], world.says("export.done")[0]
    assert (begin.phase, end.phase) == (Phase.BEGIN, Phase.END)
    assert begin.group == end.group != ""
    assert begin.address == "192.0.2.7"


async def test_a_running_job_is_cancelled_at_once_and_leaves_its_entry(world: World) -> None:
    world.footage.hold = {"gate"}
    job = await world.exports.start(order(["gate"]), BY)
    await world.footage.held.wait()
    await world.exports.cancel(job.id, Author("bert"))
    (left,) = world.exports.records()
    assert (left.state, left.text, left.file_bytes) == (CANCELLED, "Cancelled by bert", 0)
    assert world.left() == [f"{job.id}/job.json"]
    assert [event.user for event in world.says("export.cancelled")] == ["bert"]
    assert await refused(world.exports.cancel(job.id, BY)) is ErrorCode.CONFLICT


async def test_no_more_than_two_run_at_once(world: World) -> None:
    world.footage.hold = {"gate"}
    for _ in range(4):
        await world.exports.start(order(["gate"]), BY)
    await until(lambda: len(world.footage.reads) == 2)
    states = sorted(one.state.value for one in world.exports.records())
    assert states == ["running"] * 2 + ["waiting"] * 2
    waiting = next(one for one in world.exports.records() if one.state is ExportState.WAITING)
    await world.exports.cancel(waiting.id, BY)
    assert len(world.footage.reads) == 2


async def test_unknown_and_unfinished_jobs_have_no_file(world: World) -> None:
    world.footage.hold = {"gate"}
    job = await world.exports.start(order(["gate"]), BY)
    for wanted, code in (("none", ErrorCode.NOT_FOUND), (job.id, ErrorCode.CONFLICT)):
        with pytest.raises(ProtocolError) as caught:
            world.exports.result(wanted)
        assert caught.value.code is code
    assert await refused(world.exports.delete(job.id, BY)) is ErrorCode.CONFLICT


# --- restart ---


async def test_a_job_goes_on_after_a_restart_with_the_unfinished_camera(tmp_path: Path) -> None:
    async with archive_of_two(tmp_path) as (archive, clock):
        async with running(tmp_path, archive, clock) as world:
            world.footage.hold = {"yard"}
            job = await world.exports.start(order(["gate", "yard"], password="sesame"), BY)
            await world.footage.held.wait()
        async with running(tmp_path, archive, clock) as world:
            done = await world.exports.wait(job.id)
            assert world.footage.reads == ["yard"]
            assert (done.state, done.user, done.cameras_done) == (DONE, "anna", 2)
            with pyzipper.AESZipFile(world.exports.result(job.id)) as made:
                made.setpassword(b"sesame")
                assert made.testzip() is None
                assert len(made.namelist()) == 2
            # A crash may have taken the journal's newest lines: they are said again.
            assert ["goes on after a restart" in one.text for one in world.says("export.started")]
            assert {one.user for one in world.says("export.started")} == {"anna"}
            assert len(world.says("export.done")) == 2
        async with running(tmp_path, archive, clock) as world:
            assert world.exports.records() == [done]
            assert world.exports.result(job.id).stat().st_size == done.file_bytes


async def test_finished_files_that_a_crash_has_taken_are_made_again(tmp_path: Path) -> None:
    async with archive_of_two(tmp_path) as (archive, clock):
        async with running(tmp_path, archive, clock) as world:
            world.footage.hold = {"yard"}
            job = await world.exports.start(order(["gate", "yard"]), BY)
            await world.footage.held.wait()
        for path in (tmp_path / "exports" / job.id / "work" / "0").iterdir():
            path.unlink()
        async with running(tmp_path, archive, clock) as world:
            assert (await world.exports.wait(job.id)).state is DONE
            assert world.footage.reads == ["gate", "yard"]


async def test_damaged_jobs_and_those_nobody_waits_for_are_removed_at_start(
    tmp_path: Path,
) -> None:
    async with archive_of_two(tmp_path) as (archive, clock):
        async with running(tmp_path, archive, clock) as world:
            world.footage.hold = {"gate"}
            await world.exports.start(order(["gate"]), BY, keep=False)
            assert world.exports.records() == []
            await world.footage.held.wait()
        damaged = tmp_path / "exports" / "damaged"
        damaged.mkdir()
        (damaged / "job.json").write_text(json.dumps({"job": {}}))
        (tmp_path / "exports" / "stray").write_bytes(b"x")
        async with running(tmp_path, archive, clock) as world:
            assert world.exports.records() == []
        assert list((tmp_path / "exports").iterdir()) == []


# --- keeping ---


async def test_the_old_and_the_too_many_go_oldest_first_but_not_while_they_are_read(
    world: World,
) -> None:
    first = await world.made(["gate"])
    world.clock.time_us += DAY_US
    second = await world.made(["gate"])
    world.clock.time_us += 1
    third = await world.made(["gate"])
    world.exports.limit_bytes = first.file_bytes * 5 // 2
    world.exports.reading(first.id, True)
    world.clock.time_us += 1
    await world.made(["empty"])  # each end of a job tidies up
    await until(lambda: len(world.exports.records()) == 3)
    left = {one.id for one in world.exports.records()}
    assert left & {first.id, second.id, third.id} == {first.id, third.id}
    world.exports.reading(first.id, False)
    world.exports.limit_bytes = 1 << 40
    world.exports.limit_days = 1
    world.clock.time_us += DAY_US // 2
    await world.made(["empty"])
    await until(lambda: first.id not in {one.id for one in world.exports.records()})
    reasons = [event.text for event in world.says("export.removed")]
    assert "to make room" in reasons[0]
    assert "after 1 days" in reasons[-1]
    assert not (world.folder / "exports" / first.id).exists()


async def test_a_job_of_a_channel_is_discarded_in_whatever_state(world: World) -> None:
    world.footage.hold = {"gate"}
    job = await world.exports.start(order(["gate"]), BY, keep=False)
    await world.footage.held.wait()
    await world.exports.discard(job.id, BY)
    done = await world.exports.start(order(["yard"]), BY, keep=False)
    await world.exports.wait(done.id)
    await world.exports.discard(done.id, BY)
    await world.exports.discard(done.id, BY)
    assert world.left() == []
    assert world.told == []
    assert [event.type.name for event in world.events] == [
        "export.started",
        "export.cancelled",
        "export.started",
        "export.done",
    ]
    with pytest.raises(ProtocolError):
        await asyncio.wait_for(world.exports.wait(done.id), 5)
