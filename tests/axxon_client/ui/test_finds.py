"""What the archive bar's tools open, on a fake session."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from pytestqt.qtbot import QtBot

from axxon_client.model.period import MarkedPeriod
from axxon_client.model.words import HOUR_US
from axxon_client.ui.archive.interval import IntervalPage
from axxon_client.ui.frame.work import WorkPage
from protocol.messages import GetPictures, Pictures
from tests.axxon_client.model.test_interval import evenly
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
