"""How archives fare, in words; folders attached and detached."""

from __future__ import annotations

import pytest
from attrs import evolve

from axxon_client.model.archives import ArchiveBook, days_text, keeping, plan_rows, volume_text
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from protocol.messages import Archives, ChangeTree, GetArchives
from protocol.types import ArchiveCamera, ArchiveState, LinkPlan, VolumeState
from tests.fakes.requester import NOW_US, FakeRequester, accept_changes

GB = 1_000_000_000
VOLUME = VolumeState("/archive", True, 20 * GB, 5 * GB, GB, NOW_US - 60, NOW_US, [])
STATE = ArchiveState(
    "archive", "Archive", False, [VOLUME], [],
    [LinkPlan("r1", "camera1", 2_000_000, 10**9, 12.5), LinkPlan("r2", "camera2", 0, 0, None),
     LinkPlan("r3", "camera3", 4_000_000, 10**9, 6.2)],
    12.5, 0,
)  # fmt: skip
FOREIGN = evolve(
    STATE, id="branch", name="Branch", read_only=True, plan=[], days=None,
    cameras=[ArchiveCamera("branch:c1", "Door", NOW_US - 60, NOW_US, GB)],
)  # fmt: skip


@pytest.fixture
def book(session: Session, requester: FakeRequester) -> ArchiveBook:
    requester.answers[GetArchives] = lambda _m: Archives([STATE, FOREIGN])
    return session.archives


def test_too_few_days_are_warned_of_with_what_helps() -> None:
    assert keeping(STATE).tone == ""
    assert keeping(STATE).text == "Footage stays about 12 days"
    assert keeping(evolve(STATE, wanted_days=12)).tone == ""
    near, far = keeping(evolve(STATE, wanted_days=13)), keeping(evolve(STATE, wanted_days=30))
    assert near.tone == far.tone == "amber"
    assert near.advice.startswith("13 days are wanted. Give it a little")
    assert "bitrate" in far.advice


def test_nothing_is_promised_before_it_was_measured() -> None:
    assert "after some hours" in keeping(evolve(STATE, days=None, wanted_days=30)).text
    assert "only read" in keeping(FOREIGN).text


@pytest.mark.parametrize(
    ("days", "text"), [(0.02, "1 hours"), (0.5, "12 hours"), (1.53, "1.5 days"), (12.5, "12 days")]
)
def test_days_are_said_as_exactly_as_they_are_known(days: float, text: str) -> None:
    assert days_text(days) == text


def test_the_plan_has_the_shortest_stay_first(session: Session) -> None:
    rows = plan_rows(STATE, session.store)
    assert [row[0] for row in rows] == ["3 Door 3", "1 Door 1", "2 Door 2"]
    assert rows[0][1:] == ("4.0 Mbit/s", "6.2 days")
    assert rows[2][1:] == ("", "not measured yet")


def test_a_volume_says_what_is_used_and_what_is_protected() -> None:
    assert volume_text(VOLUME, False) == "5.0 GB of 20.0 GB · 1.0 GB protected"
    assert volume_text(evolve(VOLUME, protected_bytes=0), True) == "5.0 GB"


def test_cameras_of_an_attached_folder_get_names(book: ArchiveBook, session: Session) -> None:
    book.refresh()
    assert session.store.title("branch:c1") == "Door (Branch)"
    assert session.store.is_foreign("branch:c1")
    assert not session.store.is_foreign("camera1")


def test_a_folder_is_attached_read_only_and_detached(
    book: ArchiveBook, session: Session, requester: FakeRequester
) -> None:
    changes = accept_changes(requester, session)
    ends: list[bool] = []
    book.attach("/media/usb", "Branch", lambda: ends.append(True), lambda _f: None)
    assert ends == [True]
    made = changes[0]
    assert (made.name, made.properties) == ("Branch", {"path": "/media/usb", "read_only": True})
    key = session.store.of_kind(made.kind)[1].id  # type: ignore[arg-type]
    book.detach(key)
    assert (changes[1].id, changes[1].remove) == (key, True)


def test_a_refused_folder_is_told(book: ArchiveBook, requester: FakeRequester) -> None:
    requester.answers[ChangeTree] = lambda _m: Failure("path: no such folder.")
    told: list[str] = []
    book.attach("/nowhere", "X", lambda: None, lambda failure: told.append(failure.text))
    assert told == ["path: no such folder."]
