"""The book of protections on a fake server."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QCoreApplication

from axxon_client.model.bridge import Failure
from axxon_client.model.protections import ProtectionBook
from protocol.messages import Done, GetProtections, Protect, Protections, Unprotect
from protocol.types import ProtectionRecord
from tests.fakes.requester import NOW_US, FakeRequester


def record(key: str, camera: str = "camera1", begin_us: int = NOW_US) -> ProtectionRecord:
    end_us = begin_us + 60_000_000
    return ProtectionRecord(key, "archive", camera, begin_us, end_us, "theft", "admin", NOW_US)


@pytest.fixture
def requester() -> FakeRequester:
    made = FakeRequester()
    made.answers[GetProtections] = lambda _m: Protections([record("a"), record("b", "camera2")])
    made.answers[Protect] = lambda m: Protections([record(f"new-{m.camera}", m.camera)])
    made.answers[Unprotect] = lambda _m: Done()
    return made


@pytest.fixture
def book(qapp: QCoreApplication, requester: FakeRequester) -> ProtectionBook:
    return ProtectionBook(requester)


def test_a_period_of_several_cameras_is_protected_and_told_once(
    book: ProtectionBook, requester: FakeRequester
) -> None:
    ends: list[bool] = []
    book.protect(["camera1", "camera2"], (1, 2), "theft", lambda: ends.append(True))
    asked = [(m.camera, m.begin_us, m.end_us, m.reason) for m in requester.of(Protect)]
    assert asked == [("camera1", 1, 2, "theft"), ("camera2", 1, 2, "theft")]
    assert ends == [True]
    assert [one.id for one in book.of("camera2")] == ["new-camera2"]


def test_freed_footage_leaves_the_list(book: ProtectionBook, requester: FakeRequester) -> None:
    book.refresh()
    book.unprotect("a")
    assert [one.id for one in book.records] == ["b"]


def test_a_refusal_is_told_and_the_list_asked_anew(
    book: ProtectionBook, requester: FakeRequester
) -> None:
    book.refresh()
    requester.answers[Unprotect] = lambda _m: Failure("there is no such protection")
    told: list[str] = []
    book.failed.connect(lambda failure: told.append(failure.text))
    book.unprotect("a")
    assert told == ["there is no such protection"]
    assert len(requester.of(GetProtections)) == 2
    assert len(book.records) == 2
