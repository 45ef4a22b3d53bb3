"""Links in their modes, several of one camera, and the ledger's files."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.archive import Archive
from axxond.archive.index import Index
from axxond.archive.ledgerfile import LedgerFiles, Want, decode, encode
from axxond.archive.link import Mode
from axxond.archive.model import ArchiveSettings, GapRow, Protection
from axxond.base.schedule import Schedule, Window
from axxond.stream.hub import Gap
from protocol.types import GapReason
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    stream,
    video,
)

SECOND = 1_000_000


def minute_of(time_us: int) -> tuple[int, int]:
    local = datetime.fromtimestamp(time_us / 1e6).astimezone()
    return local.weekday(), local.hour * 60 + local.minute


async def test_a_scheduled_link_records_in_its_windows_and_the_rest_is_not_missed(
    tmp_path: Path,
) -> None:
    start = T0 // (60 * SECOND) * 60 * SECOND + 30 * SECOND
    clock, hub = ManualClock(start), hub_of()
    weekday, minute = minute_of(start)
    plan = Schedule((Window(frozenset({weekday}), minute + 1, minute + 2),))
    frames = [video(number, start_us=start) for number in range(150 * 25)]
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(mode=Mode.SCHEDULE, schedule=plan), hub)
        await feed(archive, hub, frames, clock)
        got = await read_all(archive)
        line = await archive.reader.timeline("cam", start, start + 150 * SECOND)
    times = [one.pts_us - start for one in got]
    # The window is from 30 s to 90 s; it begins with the GOP that was under way then.
    assert times == list(range(times[0], times[-1] + 1, 40_000))
    assert 29 * SECOND <= times[0] <= 30 * SECOND
    assert 89 * SECOND <= times[-1] <= 91 * SECOND
    assert [span.kind for span in line] == ["footage"]


async def test_key_frames_alone_make_unbroken_footage(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(key_frames_only=True), hub)
        await feed(archive, hub, stream(range(40 * 100), gop=100), clock)  # a key frame in 4 s
        archive.recorder.detach("link-cam")
        await archive.flush()
        got = await read_all(archive)
        line = await archive.reader.timeline("cam", T0 + 10 * SECOND, T0 + 120 * SECOND)
    assert payloads(got) == payloads(video(number, 100) for number in range(0, 4000, 100))
    assert [span.kind for span in line] == ["footage"]


async def test_changing_one_link_interrupts_no_other(tmp_path: Path) -> None:
    """The same camera in two archives; one link is altered, taken off and put back."""
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path / "a", clock) as steady, opened(tmp_path / "b", clock) as other:
        steady.recorder.attach(link(), hub)
        for second in range(30):
            if second == 5:
                other.recorder.attach(link(), hub)
            if second == 10:
                other.recorder.attach(evolve(link(), audio=False), hub)
            if second == 15:
                other.recorder.detach("link-cam")
            if second == 20:
                other.recorder.attach(link(mode=Mode.EVENT), hub)
            await feed(steady, hub, stream(range(second * 25, second * 25 + 25)), clock)
            await other.flush()
        for archive in (steady, other):
            archive.recorder.detach("link-cam")
            await archive.flush()
        assert payloads(await read_all(steady)) == payloads(stream(range(750)))
        assert len(list((tmp_path / "a").glob("*/*.mkv"))) == 1
        assert await other.reader.bounds("cam") is not None


async def test_a_rebuilt_index_knows_gaps_and_wishes(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(100)), clock)
        hub.interrupt(Gap(clock.time_us, GapReason.CAMERA_DOWN, "no route to it"))
        clock.time_us += 60 * SECOND
        await feed(archive, hub, stream(range(1600, 1700)), clock)
        before = await archive.reader.timeline("cam", T0, clock.time_us - 2 * SECOND)
    assert [span.kind for span in before] == ["footage", "gap", "footage"]
    for name in tmp_path.glob("index.sqlite3*"):  # noqa: ASYNC240
        name.unlink()
    clock.time_us += 100 * SECOND
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub_of())
        await archive.flush()
        assert await archive.reader.timeline("cam", T0, before[-1].end_us) == before
        after = await archive.reader.timeline("cam", T0, clock.time_us)
    assert after[-1].reason == "restart: the server was not running"


texts = st.text(max_size=20)
numbers = st.integers(-(1 << 60), 1 << 60)
records = st.one_of(
    st.builds(GapRow, texts, texts, numbers, numbers, st.sampled_from(GapReason), texts),
    st.builds(Want, texts, texts, st.booleans(), numbers),
    st.builds(Protection, texts, texts, numbers, numbers, texts, texts, numbers, texts, numbers),
)


@given(records, st.binary(max_size=30), st.integers(0, 60))
def test_a_ledgers_line_is_read_whole_or_not_at_all(
    record: GapRow | Want | Protection, noise: bytes, cut: int
) -> None:
    line = encode(record)
    assert decode(line) == record
    assert decode(line[: min(cut, len(line) - 2)]) is None
    assert decode(noise) is None


def test_a_torn_line_costs_itself_only(tmp_path: Path) -> None:
    files = LedgerFiles(tmp_path)
    rows = [GapRow("cam", "link", T0 + n, T0 + n + 1, GapReason.DISK) for n in range(3)]
    files.append(rows[:2])
    (month,) = (tmp_path / "ledger").iterdir()
    month.write_bytes(month.read_bytes()[:-7])
    files.append(rows[2:])
    assert files.read() == [rows[0], rows[2]]
    files.forget(T0 + 40 * 86_400 * SECOND)
    assert files.read() == []


async def test_an_archive_of_another_machine_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    sent = stream(range(200))
    async with opened(tmp_path / "there", clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
        await archive.protect("cam", (T0, T0 + SECOND), "theft", "anna")
    (tmp_path / "there" / "index.sqlite3").unlink()  # a copy of the segments is enough
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "there").rglob("*")}
    settings = ArchiveSettings(
        "att", tmp_path / "there", 1, beside=tmp_path / "index", read_only=True
    )
    for _ in range(2):
        attached = await Archive.open(settings, clock, lambda trouble: None)
        try:
            assert payloads(await read_all(attached)) == payloads(sent)
            assert [one.camera for one in await attached.cameras()] == ["cam"]
            assert [one.reason for one in attached.protections.active()] == ["theft"]
            line = await attached.reader.timeline("cam", T0, T0 + 8 * SECOND)
            assert [span.kind for span in line] == ["footage"]
        finally:
            await attached.close()
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "there").rglob("*")}
    assert after == before


async def test_the_next_and_the_last_recording_are_found(tmp_path: Path) -> None:
    clock = ManualClock()
    begins = [0, 100, 3 * 86_400]
    async with opened(tmp_path, clock) as archive:
        for begin in begins:
            hub = hub_of()
            clock.time_us = T0 + begin * SECOND
            archive.recorder.attach(link(), hub)
            frames = [video(n, start_us=T0 + begin * SECOND) for n in range(250)]
            await feed(archive, hub, frames, clock)
            archive.recorder.detach("link-cam")
            await archive.flush()
        at = [T0 + begin * SECOND for begin in begins]
        find = archive.reader.neighbour
        assert await find("cam", at[0] - 10 * 86_400 * SECOND, False) == (
            at[0],
            at[0] + 10 * SECOND,
        )
        assert await find("cam", at[0], False) == (at[1], at[1] + 10 * SECOND)
        assert await find("cam", at[1] + SECOND, False) == (at[2], at[2] + 10 * SECOND)
        assert await find("cam", at[2], False) is None
        assert await find("cam", at[2] + 30 * 86_400 * SECOND, True) == (
            at[2],
            at[2] + 10 * SECOND,
        )
        assert await find("cam", at[2], True) == (at[1], at[1] + 10 * SECOND)
        assert await find("cam", at[1] + SECOND, True) == (at[1], at[1] + 10 * SECOND)
        assert await find("cam", at[0], True) is None
        assert await find("nobody", at[0], True) is None
    with closing(Index(tmp_path / "index.sqlite3", read_only=True)) as index:
        assert len(index.spans_of(0)) == 2
