"""The book of export jobs and the files that come here, on a fake server."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QCoreApplication

from axxon_client.model.bridge import Failure
from axxon_client.model.exports import Downloads, ExportBook, free_path
from axxon_client.model.preferences import Preferences
from protocol.messages import DeleteExport, ExportJobs, ExportStarted, ListExports, StartExport
from protocol.types import ExportRecord, ExportState
from tests.axxon_client.model.test_exporting import DRAFT, job
from tests.fakes.requester import FakeRequester


class FakeFetch:
    """Transfers that the test ends."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[Path, Any, Any, Any]] = {}
        self.futures: list[concurrent.futures.Future[None]] = []

    def __call__(
        self,
        job: ExportRecord,
        path: Path,
        told: Callable[[int], None],
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> concurrent.futures.Future[None]:
        self.open[job.id] = (path, told, done, failed)
        self.futures.append(concurrent.futures.Future())
        return self.futures[-1]


@pytest.fixture
def requester() -> FakeRequester:
    return FakeRequester()


@pytest.fixture
def book(qapp: QCoreApplication, requester: FakeRequester) -> ExportBook:
    return ExportBook(requester)


@pytest.fixture
def fetch() -> FakeFetch:
    return FakeFetch()


@pytest.fixture
def preferences(qapp: QCoreApplication, tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "client.ini")


def done(**fields: object) -> ExportRecord:
    values: dict[str, Any] = {"state": ExportState.DONE, "file_name": "case.mkv"}
    return job(**{**values, "file_bytes": 1000, "share": 1.0, **fields})


def test_jobs_are_kept_as_the_server_tells_them_newest_first(
    book: ExportBook, requester: FakeRequester
) -> None:
    requester.answers[ListExports] = lambda _m: ExportJobs([job()], 5, 9)
    book.refresh()
    book.update(job(id="j2", created_us=job().created_us + 1))
    assert [one.id for one in book.jobs] == ["j2", "j1"]
    assert (book.running, book.used_bytes, book.limit_bytes) == (2, 5, 9)
    book.update(job(state=ExportState.REMOVED))
    assert [one.id for one in book.jobs] == ["j2"]


def test_the_end_of_a_job_is_told_once_even_if_it_came_while_nobody_listened(
    book: ExportBook, requester: FakeRequester
) -> None:
    told: list[str] = []
    book.ready.connect(lambda one: told.append(one.id))
    book.update(job())
    requester.answers[ListExports] = lambda _m: ExportJobs([done()], 0, 0)
    book.refresh()
    book.update(done())
    assert told == ["j1"]


def test_a_job_that_is_done_before_its_order_is_answered_stays_done(
    book: ExportBook, requester: FakeRequester, fetch: FakeFetch, preferences: Preferences,
    tmp_path: Path,
) -> None:  # fmt: skip
    downloads = Downloads(book, fetch, preferences)
    book.start(DRAFT.order(), lambda one: downloads.wish(one.id, tmp_path), lambda _f: None)
    book.update(job())
    book.update(done())
    answered = requester.open[0][1]
    assert answered is not None
    answered(ExportStarted(job()), b"")
    known = book.get("j1")
    assert known is not None
    assert known.state is ExportState.DONE
    assert "j1" in fetch.open


def test_an_order_is_answered_with_its_job_or_a_reason(
    book: ExportBook, requester: FakeRequester
) -> None:
    started: list[ExportRecord] = []
    failed: list[Failure] = []
    requester.answers[StartExport] = lambda _m: ExportStarted(job())
    book.start(DRAFT.order(), started.append, failed.append)
    requester.answers[StartExport] = lambda _m: Failure("Too many jobs.")
    book.start(DRAFT.order(), started.append, failed.append)
    assert [one.id for one in started] == ["j1"]
    assert [one.text for one in failed] == ["Too many jobs."]


def test_a_refused_deletion_asks_how_things_are(
    book: ExportBook, requester: FakeRequester
) -> None:
    requester.answers[DeleteExport] = lambda _m: Failure("There is no such export.")
    requester.answers[ListExports] = lambda _m: ExportJobs([], 0, 0)
    book.update(done())
    book.delete("j1")
    assert book.jobs == []


def test_what_is_wished_for_is_saved_when_it_is_ready(
    book: ExportBook, fetch: FakeFetch, preferences: Preferences, tmp_path: Path
) -> None:
    downloads = Downloads(book, fetch, preferences)
    saved: list[str] = []
    downloads.saved.connect(lambda _job, path: saved.append(path))
    book.update(job())
    downloads.wish("j1", tmp_path)
    assert fetch.open == {}
    book.update(done())
    path, _told, finish, _failed = fetch.open["j1"]
    assert path == tmp_path / "case.mkv"
    finish(None)
    assert saved == [str(path)]
    known = downloads.get("j1")
    assert known is not None
    assert known.done
    assert downloads.wished("j1") is None


def test_a_wish_outlives_the_client(
    book: ExportBook, fetch: FakeFetch, preferences: Preferences, tmp_path: Path
) -> None:
    first = Downloads(book, fetch, preferences)
    book.update(job())
    first.wish("j1", tmp_path)
    first.close()
    later = ExportBook(FakeRequester())
    second = Downloads(later, fetch, preferences)
    later.update(done())
    assert fetch.open["j1"][0] == tmp_path / "case.mkv"
    assert second.under_way == 1


def test_a_transfer_cut_off_by_the_clients_end_is_wished_for_again(
    book: ExportBook, fetch: FakeFetch, preferences: Preferences, tmp_path: Path
) -> None:
    first = Downloads(book, fetch, preferences)
    book.update(done())
    first.start(done(), tmp_path)
    first.close()
    assert fetch.futures[0].cancelled()
    assert Downloads(ExportBook(FakeRequester()), fetch, preferences).wished("j1") == tmp_path


def test_a_failed_job_is_wished_for_no_more(
    book: ExportBook, fetch: FakeFetch, preferences: Preferences, tmp_path: Path
) -> None:
    downloads = Downloads(book, fetch, preferences)
    book.update(job())
    downloads.wish("j1", tmp_path)
    book.update(job(state=ExportState.FAILED))
    assert fetch.open == {}
    assert downloads.wished("j1") is None


def test_a_full_disk_is_said_with_the_folder(
    book: ExportBook, fetch: FakeFetch, preferences: Preferences, tmp_path: Path
) -> None:
    downloads = Downloads(book, fetch, preferences)
    downloads.start(done(), tmp_path)
    cause = OSError(28, "No space left on device")
    fetch.open["j1"][3](Failure("OSError", "internal", "", cause))
    known = downloads.get("j1")
    assert known is not None
    assert known.error == f"{tmp_path}: No space left on device."
    downloads.start(done(), tmp_path)  # again, when there is room
    known = downloads.get("j1")
    assert known is not None
    assert known.under_way


def test_no_file_is_written_over(tmp_path: Path) -> None:
    assert free_path(tmp_path, "a.mkv").name == "a.mkv"
    (tmp_path / "a.mkv").touch()
    assert free_path(tmp_path, "a.mkv").name == "a (2).mkv"
    (tmp_path / "a (2).mkv.part").touch()
    assert free_path(tmp_path, "a.mkv").name == "a (3).mkv"
