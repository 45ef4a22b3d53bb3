from __future__ import annotations

import pytest
from PyQt5.QtCore import QModelIndex, Qt

from axxon_client.model.bridge import Failure
from axxon_client.model.journal import EVENT_ROLE, JournalModel, matches
from protocol.messages import JournalPage, QueryJournal
from protocol.types import EventRecord, Phase, Severity
from tests.fakes.requester import NOW_US, FakeRequester


def event(number: int, kind: str = "camera.state", text: str = "Online") -> EventRecord:
    return EventRecord(
        number, NOW_US + number, kind, Severity.INFO, Phase.INSTANT, "camera1", "Door", text
    )


@pytest.fixture
def requester() -> FakeRequester:
    return FakeRequester()


@pytest.fixture
def model(requester: FakeRequester) -> JournalModel:
    return JournalModel(requester)


def ids(model: JournalModel) -> list[int]:
    return [model.index(n, 0).data(EVENT_ROLE).id for n in range(model.rowCount())]


def test_further_pages_are_asked_from_the_last_row_on(
    requester: FakeRequester, model: JournalModel
) -> None:
    pages = {None: JournalPage([event(9), event(8)], True), 8: JournalPage([event(7)], False)}
    requester.answers[QueryJournal] = lambda m: pages[m.before_id]
    model.search(QueryJournal(phrase="on"))
    assert ids(model) == [9, 8]
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert ids(model) == [9, 8, 7]
    assert not model.canFetchMore(QModelIndex())
    assert requester.of(QueryJournal)[1].phrase == "on"


def test_an_answer_to_an_older_search_is_dropped(
    requester: FakeRequester, model: JournalModel
) -> None:
    model.search(QueryJournal(phrase="old"))
    model.search(QueryJournal(phrase="new"))
    (_, old, _), (_, new, _) = requester.open
    assert old is not None
    assert new is not None
    new(JournalPage([event(2)], False), b"")
    old(JournalPage([event(1)], False), b"")
    assert ids(model) == [2]
    assert not model.busy


def test_new_events_that_match_are_put_on_top_once(
    requester: FakeRequester, model: JournalModel
) -> None:
    requester.answers[QueryJournal] = lambda _m: JournalPage([event(1)], False)
    model.search(QueryJournal(types=["camera."]))
    model.add(event(2))
    model.add(event(2))
    model.add(event(3, "user.login"))
    assert ids(model) == [2, 1]


def test_a_search_that_ended_in_the_past_takes_no_new_events(
    requester: FakeRequester, model: JournalModel
) -> None:
    requester.answers[QueryJournal] = lambda _m: JournalPage([], False)
    model.search(QueryJournal(end_us=NOW_US))
    model.add(event(2))
    assert ids(model) == []


def test_a_failure_is_told_and_ends_the_waiting(
    requester: FakeRequester, model: JournalModel
) -> None:
    told: list[Failure] = []
    model.failed.connect(told.append)
    requester.answers[QueryJournal] = lambda _m: Failure("The disk is slow.")
    model.search(QueryJournal())
    assert told[0].text == "The disk is slow."
    assert not model.busy


def test_columns_have_names_and_the_event_its_texts(
    requester: FakeRequester, model: JournalModel
) -> None:
    requester.answers[QueryJournal] = lambda _m: JournalPage([event(1)], False)
    model.search(QueryJournal())
    assert model.headerData(model.TEXT, Qt.Horizontal, Qt.DisplayRole) == "What happened"
    assert model.index(0, model.OBJECT).data() == "Door"
    assert model.index(0, model.TEXT).data() == "Online"


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (QueryJournal(), True),
        (QueryJournal(types=["camera."]), True),
        (QueryJournal(types=["camera"]), False),
        (QueryJournal(types=["camera.state"]), True),
        (QueryJournal(objects=["camera2"]), False),
        (QueryJournal(severities=[Severity.ERROR]), False),
        (QueryJournal(phases=[Phase.BEGIN]), False),
        (QueryJournal(phrase="DOOR"), True),
        (QueryJournal(begin_us=NOW_US + 2), False),
        (QueryJournal(end_us=NOW_US + 1), False),
    ],
)
def test_live_events_are_judged_as_the_server_would(query: QueryJournal, fits: bool) -> None:
    assert matches(query, event(1)) is fits
