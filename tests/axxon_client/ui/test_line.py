from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QColor, QMouseEvent, QWheelEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from axxon_client.model.session import Session
from axxon_client.model.timeline import TimeLineModel
from axxon_client.model.words import HOUR_US, US
from axxon_client.ui.archive.desk import Desk, speed_text
from axxon_client.ui.archive.line import TimeLine
from axxon_client.ui.theme import palette
from protocol.messages import FindNext, Found
from protocol.types import Span
from tests.axxon_client.model.test_timeline import LINE
from tests.fakes.requester import NOW_US, FakeRequester


@pytest.fixture
def line(qtbot: QtBot, session: Session) -> Iterator[TimeLine]:
    made = TimeLine()
    qtbot.addWidget(made)
    model = TimeLineModel(session, made)
    model.take(LINE)
    made.set_model(model)
    made.resize(1000, 72)
    made.show()
    made.set_now(NOW_US)
    made.show_window(NOW_US - HOUR_US, NOW_US)
    yield made
    made.close()


def colour_at(line: TimeLine, time_us: int, y: int) -> QColor:
    x = round(line.axis.x_of(time_us))
    return QColor(line.grab().toImage().pixel(x, y))


def test_footage_detections_and_alarms_have_their_colours(line: TimeLine) -> None:
    assert colour_at(line, NOW_US - 100 * US, 30) == QColor(palette.FOOTAGE)
    assert colour_at(line, NOW_US - 290 * US, 45) == QColor(palette.AMBER)
    assert colour_at(line, NOW_US - 295 * US, 52) == QColor(palette.RED)
    assert colour_at(line, NOW_US - 100 * US, 52) == QColor(palette.WINDOW)


def test_a_gap_is_hatched(line: TimeLine) -> None:
    image = line.grab().toImage()
    x = round(line.axis.x_of(NOW_US - 900 * US))
    found = {QColor(image.pixel(x + dx, 30 + dy)).name() for dx in range(8) for dy in range(8)}
    assert len(found) > 1
    assert QColor(palette.HATCH).name() in found


def test_a_gap_tells_its_reason_under_the_pointer(qtbot: QtBot, line: TimeLine) -> None:
    x = round(line.axis.x_of(NOW_US - 900 * US))
    hover(line, QPoint(x, 30))
    qtbot.waitUntil(lambda: "not reachable" in QToolTip.text())
    assert QToolTip.text().startswith("Not recorded ")
    QToolTip.hideText()


def hover(line: TimeLine, place: QPoint, buttons: Qt.MouseButton = Qt.NoButton) -> None:
    event = QMouseEvent(
        QEvent.MouseMove, QPointF(place), QPointF(line.mapToGlobal(place)),
        Qt.NoButton, buttons, Qt.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(line, event)


def test_the_wheel_zooms_at_the_pointer(line: TimeLine) -> None:
    before = line.axis.time_at(250)
    place = QPointF(250, 30)
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), Qt.NoButton, Qt.NoModifier,
        Qt.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(line, event)
    assert line.axis.span_us < HOUR_US
    assert line.axis.x_of(before) == pytest.approx(250, abs=1)


def test_dragging_scrubs_and_letting_go_jumps(qtbot: QtBot, line: TimeLine) -> None:
    moved: list[int] = []
    line.moved.connect(moved.append)
    QTest.mousePress(line, Qt.LeftButton, Qt.NoModifier, QPoint(500, 30))
    hover(line, QPoint(600, 30), Qt.LeftButton)
    assert line.dragging
    qtbot.waitUntil(lambda: bool(moved))
    assert moved == [line.axis.time_at(600)]
    with qtbot.waitSignal(line.chosen) as chosen:
        QTest.mouseRelease(line, Qt.LeftButton, Qt.NoModifier, QPoint(700, 30))
    assert chosen.args == [line.axis.time_at(700)]
    assert not line.dragging


def test_a_click_jumps(qtbot: QtBot, line: TimeLine) -> None:
    with qtbot.waitSignal(line.chosen) as chosen:
        QTest.mouseClick(line, Qt.LeftButton, Qt.NoModifier, QPoint(300, 30))
    assert chosen.args == [line.axis.time_at(300)]


def test_there_is_no_jumping_into_the_future(qtbot: QtBot, line: TimeLine) -> None:
    line.show_window(NOW_US - HOUR_US, NOW_US + HOUR_US)
    with qtbot.waitSignal(line.chosen) as chosen:
        QTest.mouseClick(line, Qt.LeftButton, Qt.NoModifier, QPoint(900, 30))
    assert chosen.args == [NOW_US]


def test_the_window_follows_the_cursor(line: TimeLine) -> None:
    line.set_cursor(NOW_US - 10 * HOUR_US)
    assert line.axis.holds(NOW_US - 10 * HOUR_US)
    assert line.axis.span_us == HOUR_US


def test_what_goes_on_reaches_to_now_and_not_beyond(line: TimeLine) -> None:
    line.show_window(NOW_US - HOUR_US, NOW_US + HOUR_US)
    assert colour_at(line, NOW_US + HOUR_US // 2, 30) != QColor(palette.FOOTAGE)


@pytest.mark.parametrize(
    ("speed", "text"),
    [(1.0, "1×"), (0.125, "1/8×"), (-16.0, "−16×"), (0.7, "0.7×"), (2.1, "2.1×")],
)
def test_speeds_are_written_as_factors(speed: float, text: str) -> None:
    assert speed_text(speed) == text


def test_without_a_next_recording_the_desk_says_so(
    session: Session, requester: FakeRequester
) -> None:
    requester.answers[FindNext] = lambda m: Found(NOW_US - 300 * US if m.reverse else None)
    desk = Desk(session, None)
    told: list[str] = []
    desk.told.connect(told.append)
    desk.line.set_camera("camera1")
    desk.seek(NOW_US - 100 * US)
    desk.neighbour(True, False)
    assert told == ["No later recording here"]
    desk.neighbour(False, True)
    assert desk.position_us == NOW_US - 300 * US


def test_the_second_row_is_the_lighter_the_more_cameras_have_footage(
    session: Session, line: TimeLine
) -> None:
    desk = Desk(session, None)
    line.set_others(desk.others)
    y = line.height() - 6
    assert colour_at(line, NOW_US - 600 * US, y) != QColor(palette.FOOTAGE)
    desk.others.cameras = ["a", "b"]
    both = Span(NOW_US - 1200 * US, NOW_US, "footage")
    one = Span(NOW_US - 3600 * US, NOW_US, "footage")
    desk.others.footage = {"a": [both], "b": [one]}
    light = colour_at(line, NOW_US - 600 * US, y).lightness()
    dim = colour_at(line, NOW_US - 1800 * US, y).lightness()
    none = QColor(palette.WINDOW).lightness()
    assert light > dim > none
