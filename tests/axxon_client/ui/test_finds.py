"""What the archive bar's tools open, on a fake session."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QPoint, QRectF, Qt
from PyQt5.QtGui import QColor
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from axxon_client.model import words
from axxon_client.model.coverage import days_before
from axxon_client.model.period import MarkedPeriod
from axxon_client.model.words import DAY_US, HOUR_US
from axxon_client.ui.archive.coverage import CoverageSheet, bar_of
from axxon_client.ui.archive.interval import IntervalPage
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.theme import palette
from protocol.messages import (
    Coverage,
    Done,
    GetCoverage,
    GetPictures,
    GetProtections,
    GetTimeLine,
    Pictures,
    Protect,
    Protections,
    TimeLine,
    Unprotect,
)
from protocol.types import CoverageDay, Span
from tests.axxon_client.model.test_interval import evenly
from tests.axxon_client.model.test_protections import record
from tests.axxon_client.ui.test_work import press
from tests.fakes.requester import NOW_US, FakeRequester


@pytest.fixture
def interval(requester: FakeRequester, work: WorkPage) -> IntervalPage:
    """Over a marked period of twelve hours; pictures that nobody can decode."""
    requester.answers[GetPictures] = evenly
    requester.payload = b"x" * 24
    work.watch.desk.set_period(MarkedPeriod(NOW_US - 12 * HOUR_US, NOW_US))
    work.finds.open_interval()
    requester.payload = b""
    return work.finds.interval


def centre(page: IntervalPage, number: int):  # type: ignore[no-untyped-def]
    return page.grid.cell(number).center().toPoint()


def test_twelve_pictures_lie_in_the_place_of_the_tiles(
    work: WorkPage, interval: IntervalPage
) -> None:
    assert work.watch.covered
    assert interval.isVisible()
    assert len(interval.grid.shots) == 12
    assert interval.title.whole() == "1 Door 1"
    cells = [interval.grid.cell(number) for number in range(12)]
    assert all(not a.intersects(b) for a in cells for b in cells if a is not b)


def test_a_click_looks_closer_and_back_leads_out(
    qtbot: QtBot, work: WorkPage, interval: IntervalPage
) -> None:
    assert not interval.back.isEnabled()
    QTest.mouseClick(interval.grid, Qt.LeftButton, pos=centre(interval, 3))
    qtbot.waitUntil(lambda: len(interval.model.levels) == 2)
    level = interval.model.level
    assert level is not None
    assert level.begin_us == NOW_US - 9 * HOUR_US
    interval.back.click()
    assert len(interval.model.levels) == 1
    press(work, Qt.Key_Escape)
    assert not work.watch.covered


def test_a_double_click_plays_and_opens_nothing(
    qtbot: QtBot, requester: FakeRequester, work: WorkPage, interval: IntervalPage
) -> None:
    asked = len(requester.of(GetPictures))
    QTest.mouseClick(interval.grid, Qt.LeftButton, pos=centre(interval, 5))
    QTest.mouseDClick(interval.grid, Qt.LeftButton, pos=centre(interval, 5))
    assert not work.watch.covered
    assert work.watch.desk.position_us == NOW_US - 7 * HOUR_US
    assert work.watch.controls[0].mode.value == "archive"
    QTest.qWait(500)  # longer than a double click may take
    assert len(requester.of(GetPictures)) == asked


def test_it_is_walked_by_keys_alone(qtbot: QtBot, work: WorkPage, interval: IntervalPage) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    assert interval.grid.hasFocus()
    for key in (Qt.Key_Right, Qt.Key_Down, Qt.Key_Right, Qt.Key_Left, Qt.Key_Up, Qt.Key_Down):
        press(work, key)
    assert interval.grid.chosen == 5
    press(work, Qt.Key_Space)
    assert len(interval.model.levels) == 2
    press(work, Qt.Key_Backspace)
    assert len(interval.model.levels) == 1
    press(work, Qt.Key_End)
    press(work, Qt.Key_Return)
    assert work.watch.desk.position_us == NOW_US - HOUR_US


def test_without_footage_it_says_so(requester: FakeRequester, work: WorkPage) -> None:
    requester.answers[GetPictures] = lambda _m: Pictures([])
    work.finds.open_interval()
    assert work.finds.interval._empty.isVisible()


# --- coverage


@pytest.fixture
def covered(requester: FakeRequester, work: WorkPage) -> CoverageSheet:
    """Seven days, footage from six to twelve o'clock, then an hour lost."""

    def days(message: GetCoverage) -> Coverage:
        made = []
        for begin_us in range(message.begin_us, message.end_us, DAY_US):
            end_us = min(begin_us + DAY_US, message.end_us)
            rest = end_us - begin_us - 7 * HOUR_US
            made.append(CoverageDay(begin_us, end_us, 6 * HOUR_US, rest, {"camera-down": HOUR_US}))
        return Coverage(made)

    def line(message: GetTimeLine) -> TimeLine:
        spans = []
        for begin_us in range(message.begin_us, message.end_us, DAY_US):
            six, twelve = begin_us + 6 * HOUR_US, begin_us + 12 * HOUR_US
            spans.append(Span(six, twelve, "footage"))
            spans.append(Span(twelve, twelve + HOUR_US, "gap", "camera-down"))
        return TimeLine(None, None, spans)

    requester.answers[GetCoverage] = days
    requester.answers[GetTimeLine] = line
    sheet = work.finds.open_coverage()
    assert sheet is not None
    return sheet


def texts(sheet: CoverageSheet, row: int) -> list[str]:
    model = sheet.view.model()
    return [str(model.index(row, column).data() or "") for column in (0, 2, 4)]


def test_every_day_says_how_much_is_there_and_why_not(covered: CoverageSheet) -> None:
    assert covered.view.model().rowCount() == 7
    day, share, why = texts(covered, 1)
    assert day == words.day(NOW_US - DAY_US)
    assert share == "85.7 %"
    assert why == "1 h: the camera was not reachable"
    covered.reject()


def test_a_click_in_a_day_goes_to_that_moment(work: WorkPage, covered: CoverageSheet) -> None:
    view = covered.view
    index = view.model().index(2, 1)
    lane = bar_of(QRectF(view.visualRect(index)))
    x = round(lane.x() + lane.width() * 10 / 24)
    QTest.mouseClick(view.viewport(), Qt.LeftButton, pos=QPoint(x, round(lane.center().y())))
    midnight_us = days_before(NOW_US, 3)[0]
    away_us = abs(work.watch.desk.position_us - (midnight_us + 10 * HOUR_US))
    assert away_us < HOUR_US / 4
    assert work.watch.controls[0].mode.value == "archive"


def test_enter_on_a_day_goes_to_its_first_footage(work: WorkPage, covered: CoverageSheet) -> None:
    covered.view.selectRow(3)
    QTest.keyClick(covered.view, Qt.Key_Return)
    assert work.watch.desk.position_us == days_before(NOW_US, 4)[0] + 6 * HOUR_US


def test_another_camera_is_asked_for(requester: FakeRequester, covered: CoverageSheet) -> None:
    covered.camera.setCurrentIndex(1)
    covered.range.setCurrentIndex(1)
    asked = requester.of(GetCoverage)
    assert [message.camera for message in asked] == ["camera1", "camera2", "camera2"]
    assert covered.view.model().rowCount() == 30
    covered.reject()


# --- protections


def test_the_marked_period_is_protected_with_a_reason(
    requester: FakeRequester, work: WorkPage
) -> None:
    requester.answers[Protect] = lambda m: Protections([record("p", m.camera)])
    work.watch.desk.set_period(MarkedPeriod(NOW_US - HOUR_US, NOW_US))
    sheet = work.finds.open_protections()
    assert sheet is not None
    assert not sheet.protect.isEnabled()
    sheet.reason.setText("theft")
    sheet.protect.click()
    asked = requester.of(Protect)[0]
    assert (asked.camera, asked.begin_us, asked.end_us) == ("camera1", NOW_US - HOUR_US, NOW_US)
    assert sheet.table.rowCount() == 1
    assert sheet.table.item(0, 3).text() == "theft"
    sheet.reject()


def test_freeing_asks_by_name_first(requester: FakeRequester, work: WorkPage) -> None:
    requester.answers[GetProtections] = lambda _m: Protections([record("p")])
    requester.answers[Unprotect] = lambda _m: Done()
    sheet = work.finds.open_protections()
    assert sheet is not None
    assert not sheet.free.isEnabled()
    sheet.table.selectRow(0)
    sheet.ask_free()
    question = sheet.findChild(QDialog)
    assert question is not None
    assert "1 Door 1" in question.windowTitle()
    assert requester.of(Unprotect) == []
    question.accept()
    assert [message.protection for message in requester.of(Unprotect)] == ["p"]
    assert sheet._empty.isVisible()
    sheet.reject()


def test_protected_footage_is_seen_on_the_time_line(
    requester: FakeRequester, work: WorkPage
) -> None:
    requester.answers[GetProtections] = lambda _m: Protections(
        [record("p", begin_us=NOW_US - HOUR_US // 4)]
    )
    work.watch.go_archive(time_us=NOW_US - HOUR_US // 4)
    line = work.watch.bar.line
    assert [one.id for one in line.protected] == ["p"]
    line.set_now(NOW_US)
    line.show_window(NOW_US - HOUR_US, NOW_US)
    x = round(line.axis.x_of(NOW_US - HOUR_US // 4)) + 2
    assert line.grab().toImage().pixelColor(x, 23) == QColor(palette.GREEN)
