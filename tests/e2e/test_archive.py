"""What the archives keep, by `axxonctl` and `axxond check` on a real daemon and its files."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from axxon_client.cli.times import iso
from axxond.archive.segment import INDEX_NAME
from tests.e2e.harness import until
from tests.e2e.recorded import SECOND, Place, Site, logged_in, recording_site, run

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not os.environ.get("AXXON_SLOW"), reason="a proof of minutes: set AXXON_SLOW=1 to run it"
    ),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with recording_site(tmp_path) as site:
        yield site


@pytest.fixture
async def place(site: Site) -> AsyncIterator[Place]:
    async with logged_in(site) as place:
        yield place


async def _lost_s(place: Place, camera: str) -> dict[str, float]:
    days = await place.told("coverage", camera, "--from", "-1h")
    lost: dict[str, float] = {}
    for day in days:
        for reason, lost_us in day["lost_us"].items():
            lost[reason] = lost.get(reason, 0) + lost_us / SECOND
    return lost


async def test_every_second_is_recorded_or_told_why_not(place: Place) -> None:
    """A camera that falls silent and a server that dies are in coverage and time line."""
    place.simulator.signal(signal.SIGSTOP)

    async def missed() -> bool:
        return (await _lost_s(place, "Gate 0")).get("camera-down", 0) > 1

    await until(missed, 60, "the gap of a silent camera")
    place.simulator.signal(signal.SIGCONT)

    async def footage_again() -> bool:
        """So that the gap has ended: of one that goes on the newest 5 s are not on the disk."""
        kinds = [one["kind"] for one in await place.told("timeline", "Gate 1", "--from", "-1h")]
        return kinds[-1] == "footage" and "gap" in kinds

    await until(footage_again, 60, "footage after the gap")
    await asyncio.sleep(2)
    place.daemon.kill()
    await asyncio.sleep(4)
    await asyncio.to_thread(place.daemon.start)
    await place.logged_in_again()
    await place.recording()

    async def restarted() -> bool:
        return (await _lost_s(place, "Gate 1")).get("restart", 0) > 3

    await until(restarted, 30, "the gap of the restart")
    spans = await place.told("timeline", "Gate 1", "--from", "-1h")
    gaps = [span["reason"].partition(":")[0] for span in spans if span["kind"] == "gap"]
    assert {"camera-down", "restart"} <= set(gaps)
    edges = [span for span in spans if span["kind"] in ("footage", "gap")]
    holes = [b["begin_us"] - a["end_us"] for a, b in itertools.pairwise(edges)]
    assert max(holes) <= 2 * SECOND, edges  # nothing between two rows is left without a word
    only = await place.told("timeline", "Gate 1", "--from", "-1h", "--kind", "footage")
    assert {span["kind"] for span in only} == {"footage"}
    assert len(only) >= 2
    (day,) = (await place.told("coverage", "Gate 1", "--from", "-20s"))[-1:]
    whole = day["recorded_us"] + day["unwanted_us"] + sum(day["lost_us"].values())
    assert abs(whole - (day["end_us"] - day["begin_us"])) <= 3 * SECOND

    back = await place.told("find", "Gate 1", "--at", "now", "--back")
    assert abs(back["begin_us"] - only[-1]["begin_us"]) <= 2 * SECOND
    before = await place.told("find", "Gate 1", "--at", only[-1]["begin"], "--back")
    assert abs(before["begin_us"] - only[-2]["begin_us"]) <= 2 * SECOND
    inside = _iso(only[-2]["begin_us"] + SECOND)
    after = await place.told("find", "Gate 1", "--at", inside)
    assert abs(after["begin_us"] - only[-1]["begin_us"]) <= 2 * SECOND


async def _an_interval_gives_pictures_and_a_part_of_it_others(place: Place, folder: Path) -> None:
    period = ("--from", "-14s", "--to", "-1s", "--count", "6")
    found = await place.told("pictures", "Gate 0", *period, "-o", str(folder))
    assert 5 <= len(found) <= 6  # the demo cameras have a key frame every two seconds
    times = [one["time_us"] for one in found]
    assert times == sorted(set(times))
    steps = [b - a for a, b in itertools.pairwise(times)]
    assert max(steps) <= 5 * SECOND
    for one in found:
        with Image.open(one["file"]) as picture:
            assert picture.size[0] >= 320
    period = ("--from", found[0]["time"], "--to", found[4]["time"])
    inner = await place.told("pictures", "Gate 0", *period, "-o", str(folder))
    assert len(inner) >= 4  # each there is
    assert all(times[0] - 1000 <= one["time_us"] < times[4] for one in inner)
    nothing = await place.ctl(
        "pictures", "Gate 0", "--from", "-3d", "--to", "-2d", "-o", str(folder)
    )
    assert nothing.returncode == 1
    assert "no footage" in nothing.stderr


async def _alarms_are_found_forwards_and_back(place: Place) -> None:
    raised = await place.ctl("control", "Gate 0", "alarm")
    assert raised.returncode == 0, raised.stderr
    found = await place.told("find", "Gate 0", "--at", "now", "--back", "--what", "alarm")
    ahead = await place.told("find", "Gate 0", "--at", "-1h", "--what", "alarm")
    assert found["begin_us"] == ahead["begin_us"]
    none = await place.ctl("find", "Gate 0", "--at", "+1h", "--what", "alarm")
    assert none.returncode == 1
    assert "no alarm after" in none.stderr


async def _footage_is_protected_with_a_reason_listed_and_let_go(place: Place) -> None:
    made = await place.told(
        "protect", "Gate 0", "--from", "-9s", "--to", "-5s", "--reason", "theft"
    )
    (listed,) = await place.told("protected")
    assert listed["id"] == made[0]["id"]
    assert (listed["reason"], listed["author"]) == ("theft", "admin")
    (archive,) = await place.told("archives")
    assert archive["volumes"][0]["protected_bytes"] > 0 or archive["volumes"][0]["used_bytes"] > 0
    assert (await place.ctl("unprotect", listed["id"])).returncode == 0
    assert await place.told("protected") == []
    assert (await place.ctl("unprotect", listed["id"])).returncode != 0
    events = await place.told("events", "--type", "archive.")
    kinds = {event["type"] for event in events}
    assert {"archive.protected", "archive.unprotected"} <= kinds


async def _a_second_archive_and_volume_are_added_and_disturb_nothing(
    place: Place, tmp_path: Path
) -> None:
    """One camera in two archives at once; changing one link interrupts no other."""
    spare, more = tmp_path / "spare", tmp_path / "more"
    added = await place.told("add", "archive", "Spare", f"path={spare}", "quota_gb=1")
    volume = ("volume", "Second disk", f"path={more}", "quota_gb=1", "--below", "Spare")
    assert (await place.ctl("add", *volume)).returncode == 0
    link = ("recording", "To spare", "archive=Spare", "--below", "camera:Gate 0")
    done = await place.ctl("add", *link)
    assert done.returncode == 0, done.stderr

    async def kept_twice() -> bool:
        states = {one["id"]: one for one in await place.told("archives")}
        kept = states[added["id"]]
        assert [one["path"] for one in kept["volumes"]] == [str(spare), str(more)]
        return bool(kept["cameras"])

    await until(kept_twice, 30, "footage in the second archive")
    for value in ("key_frames_only=yes", "mode=event", "mode=continuous", "audio=no"):
        done = await place.ctl("set", "To spare", value)
        assert done.returncode == 0, done.stderr
        await asyncio.sleep(0.5)
    spans = await place.told("timeline", "Gate 0", "--from", "-30s", "--kind", "footage")
    assert len(spans) == 1  # of both archives together: the first one goes on
    status = await place.told("status")
    assert [one["lost_packets"] for one in status["cameras"]] == [0, 0]
    plan = await place.told("plan")
    assert {one["name"] for one in plan} >= {"Spare"}


async def _a_copied_archive_is_attached_seen_exported_and_let_go(
    place: Place, tmp_path: Path
) -> None:
    """As it comes from another machine: segments only, and nothing in it is touched."""
    (folder,) = (place.daemon.data / "archives").iterdir()
    there = tmp_path / "from-elsewhere"
    await asyncio.to_thread(_copy_segments, folder, there)
    before = {path: path.stat().st_mtime_ns for path in sorted(there.rglob("*"))}
    attached = await place.told("attach", str(there), "--name", "Evidence")

    async def seen() -> bool:
        states = {one["id"]: one for one in await place.told("archives", "--cameras")}
        return len(states[attached["archive"]]["cameras"]) == 2

    await until(seen, 30, "the attached archive's cameras")
    states = {one["id"]: one for one in await place.told("archives", "--cameras")}
    foreign = states[attached["archive"]]["cameras"][0]
    spans = await place.told("timeline", foreign["camera"], "--from", "-1h")
    assert [span["kind"] for span in spans] == ["footage"]
    begin, end = foreign["first_us"] + SECOND, foreign["first_us"] + 6 * SECOND
    period = ("--from", _iso(begin), "--to", _iso(end))
    film = tmp_path / "film.mkv"
    done = await place.ctl("export", foreign["camera"], *period, "-o", str(film))
    assert done.returncode == 0, done.stderr
    assert film.stat().st_size > 10_000
    played = await place.ctl(
        "play", foreign["camera"], "--from", _iso(begin), "--seconds", "2", "--json"
    )
    assert played.returncode == 0, played.stderr
    shot = await place.ctl(
        "snapshot", foreign["camera"], "--at", _iso(end), "-o", str(tmp_path / "shot.jpg")
    )
    assert shot.returncode == 0, shot.stderr
    assert (await place.ctl("detach", "Evidence")).returncode == 0
    assert attached["archive"] not in {one["id"] for one in await place.told("archives")}
    assert {path: path.stat().st_mtime_ns for path in sorted(there.rglob("*"))} == before


def _copy_segments(folder: Path, there: Path) -> None:
    shutil.copytree(folder, there, ignore=shutil.ignore_patterns(f"{INDEX_NAME}*"))


def _iso(time_us: int) -> str:
    return str(iso(time_us))


async def _check_finds_counts_and_mends(place: Place) -> None:
    """Looking is safe while the server records; a repair waits for it to stop."""
    data = ("--data", str(place.daemon.data))

    async def check(*more: str) -> tuple[int, list[dict[str, Any]]]:
        done = await asyncio.to_thread(
            run, "axxond", "check", *data, "--json", *more, env=place.env
        )
        return done.returncode, json.loads(done.stdout or "[]")

    code, findings = await check()
    assert (code, [one["damaged"] for one in findings]) == (0, [False] * len(findings))
    refused = await asyncio.to_thread(run, "axxond", "check", *data, "--repair", env=place.env)
    assert refused.returncode == 1
    await asyncio.to_thread(place.daemon.stop)

    code, findings = await check("--full")
    inside = str(place.daemon.data / "archives")
    (volume,) = [one for one in findings if one["path"].startswith(inside)]
    assert code == 0
    assert volume["segments"] >= 2
    assert volume["clusters"] >= 20
    files = [*Path(volume["path"]).glob("*/*.mkv")]  # noqa: ASYNC240
    assert volume["bytes"] == sum(path.stat().st_size for path in files)
    files.sort(key=lambda path: -path.stat().st_size)
    table = await asyncio.to_thread(run, "axxond", "check", *data, "--full", env=place.env)
    assert table.stdout.splitlines()[0].split() == [
        "state", "what", "segments", "clusters", "MB", "checked",
    ]  # fmt: skip

    _flip(files[0])
    assert (await check())[0] == 0  # only a full check reads so far
    code, findings = await check("--full")
    assert code == 3
    assert files[0].name in str(findings)
    for path in Path(volume["path"]).glob(f"{INDEX_NAME}*"):  # noqa: ASYNC240
        path.unlink()
    code, findings = await check()
    assert code == 3
    assert "index.sqlite3 is missing" in str(findings)
    code, findings = await check("--full", "--repair")
    assert code == 0, findings
    assert "made anew" in str(findings)
    assert (await check("--full"))[0] == 0
    await asyncio.to_thread(place.daemon.start)
    await place.logged_in_again()
    spans = await place.told("timeline", "Gate 1", "--from", "-1h", "--kind", "footage")
    assert spans


def _flip(path: Path) -> None:
    """A bit in a cluster far from the end."""
    data = bytearray(path.read_bytes())
    at = data.index(b"\x1f\x43\xb6\x75")
    at = data.index(b"\x1f\x43\xb6\x75", at + 4)
    data[at + 500] ^= 4
    path.write_bytes(data)


async def test_what_is_kept_is_seen_found_protected_attached_doubled_and_checked(
    place: Place, tmp_path: Path
) -> None:
    await _an_interval_gives_pictures_and_a_part_of_it_others(place, tmp_path / "pictures")
    await _alarms_are_found_forwards_and_back(place)
    await _footage_is_protected_with_a_reason_listed_and_let_go(place)
    await _a_copied_archive_is_attached_seen_exported_and_let_go(place, tmp_path)
    await _a_second_archive_and_volume_are_added_and_disturb_nothing(place, tmp_path)
    await _check_finds_counts_and_mends(place)
