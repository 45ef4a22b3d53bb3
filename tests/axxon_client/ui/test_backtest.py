from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.ui.settings.backtest import BackTestSheet, Draft
from protocol.messages import (
    BackTest,
    BackTested,
    BackTestProgress,
    CancelBackTest,
    TrialDay,
    TrialEvent,
    TrialResult,
)
from tests.fakes.requester import NOW_US, FakeRequester

DAY_US = 86_400_000_000
DRAFT = Draft("camera1", "detector1", {"type": "loitering", "time_s": 20.0})
EVENT = TrialEvent(NOW_US - 3_600_000_000, NOW_US - 3_590_000_000)
PRESENT = TrialResult(9, 9.0, [TrialDay(NOW_US - DAY_US, 4), TrialDay(NOW_US, 5)], [EVENT])
PROPOSED = TrialResult(2, 2.0, [TrialDay(NOW_US - DAY_US, 1), TrialDay(NOW_US, 1)], [EVENT])
REPLY = BackTested(PRESENT, PROPOSED, NOW_US - DAY_US, NOW_US, 120)


@pytest.fixture
def sheet(qtbot: QtBot, session: Session, requester: FakeRequester) -> BackTestSheet:
    made = BackTestSheet(None, session, DRAFT)
    made.setAttribute(Qt.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def answer(requester: FakeRequester, reply: object) -> None:
    _request, done, failed = next(
        item for item in reversed(requester.open) if isinstance(item[0], BackTest)
    )
    assert done is not None
    assert failed is not None
    if isinstance(reply, Failure):
        failed(reply)
    else:
        done(reply, b"")


def test_the_draft_is_tried_on_a_day_at_once(
    sheet: BackTestSheet, requester: FakeRequester
) -> None:
    (request,) = requester.of(BackTest)
    assert (request.camera, request.detector) == ("camera1", "detector1")
    assert request.properties == DRAFT.properties
    assert request.end_us - request.begin_us == DAY_US


def test_both_settings_stand_side_by_side_with_examples_to_see(
    qtbot: QtBot, sheet: BackTestSheet, requester: FakeRequester
) -> None:
    answer(requester, REPLY)
    assert sheet.present.count.text() == "9 times"
    assert sheet.proposed.count.text() == "2 times"
    assert sheet.days.isVisible()
    assert sheet.examples.count() == 1
    with qtbot.waitSignal(sheet.moment_chosen) as chosen:
        sheet.examples.itemActivated.emit(sheet.examples.item(0))
    assert chosen.args == ["camera1", EVENT.begin_us]


def test_another_period_gives_up_the_question_before(
    sheet: BackTestSheet, requester: FakeRequester
) -> None:
    first = requester.of(BackTest)[0]
    sheet.period.setCurrentIndex(2)
    sheet.run()
    assert requester.of(CancelBackTest) == [CancelBackTest(first.ticket)]
    assert requester.of(BackTest)[-1].ticket != first.ticket


def test_progress_is_that_of_the_newest_question(
    sheet: BackTestSheet, session: Session, requester: FakeRequester
) -> None:
    ticket = requester.of(BackTest)[0].ticket
    session.on_notice(BackTestProgress(ticket, 0.4))
    session.on_notice(BackTestProgress("another", 0.9))
    assert sheet.progress.value() == 40


def test_what_cannot_be_tried_says_why(sheet: BackTestSheet, requester: FakeRequester) -> None:
    refused = TrialResult(refused="Motion looks at pictures: it cannot be tried on metadata.")
    answer(requester, BackTested(None, refused, 0, 0, 0))
    assert sheet.notice.isVisible()
    assert "looks at pictures" in sheet.notice.detail.text()
    assert not sheet.present.isVisible()


def test_a_refused_question_is_told(sheet: BackTestSheet, requester: FakeRequester) -> None:
    answer(requester, Failure("there is no metadata"))
    assert sheet.notice.detail.text() == "there is no metadata"
    assert not sheet.progress.isVisible()


def test_closing_gives_it_up(sheet: BackTestSheet, requester: FakeRequester) -> None:
    sheet.reject()
    assert len(requester.of(CancelBackTest)) == 1
