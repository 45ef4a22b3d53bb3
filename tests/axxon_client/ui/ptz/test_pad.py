from __future__ import annotations

import pytest
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from axxon_client.ui.ptz.pad import Pad


@pytest.fixture
def pad(qtbot: QtBot, dressed: QApplication) -> Pad:
    made = Pad()
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_dragged_knob_says_where_it_is_and_goes_back(pad: Pad) -> None:
    told: list[tuple[float, float]] = []
    pad.moved.connect(lambda right, up: told.append((right, up)))
    middle = pad.rect().center()
    QTest.mousePress(pad, Qt.LeftButton, pos=middle)
    beyond = QPointF(pad.width() + 50, middle.y())
    event = QMouseEvent(QEvent.MouseMove, beyond, Qt.NoButton, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(pad, event)
    assert told[-1][0] == pytest.approx(1.0, abs=0.02)
    assert told[-1][1] == pytest.approx(0.0, abs=0.02)
    QTest.mouseRelease(pad, Qt.LeftButton, pos=middle)
    assert told[-1] == (0.0, 0.0)


def test_no_way_is_longer_than_one(pad: Pad) -> None:
    told: list[tuple[float, float]] = []
    pad.moved.connect(lambda right, up: told.append((right, up)))
    QTest.mousePress(pad, Qt.LeftButton, pos=QPoint(2, 2))
    assert sum(value**2 for value in told[-1]) == pytest.approx(1.0)


def test_arrow_keys_steer_while_they_are_held(pad: Pad) -> None:
    told: list[tuple[float, float]] = []
    pad.moved.connect(lambda right, up: told.append((right, up)))
    QTest.keyPress(pad, Qt.Key_Left)
    QTest.keyPress(pad, Qt.Key_Up)
    assert told[-1] == (-1.0, 1.0)
    QTest.keyRelease(pad, Qt.Key_Left)
    assert told[-1] == (0.0, 1.0)
    pad.clearFocus()
    QTest.keyRelease(pad, Qt.Key_Up)
    assert told[-1] == (0.0, 0.0)
