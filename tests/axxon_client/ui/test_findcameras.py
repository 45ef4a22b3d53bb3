"""*Add cameras* on a fake session: the list, the log-ins, an address that is typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from axxon_client.model.session import Session
from axxon_client.ui.settings.findcameras import FindCameras
from protocol.messages import Discover, FoundNotice, Opened, TryDevice
from tests.axxon_client.model.test_finding import CHANNEL, works
from tests.fakes.devices import found as device
from tests.fakes.requester import FakeRequester


@pytest.fixture
def sheet(qtbot: QtBot, session: Session, requester: FakeRequester) -> Iterator[FindCameras]:
    requester.answers[Discover] = lambda _request: Opened(CHANNEL)
    requester.answers[TryDevice] = works
    made = FindCameras(None, session)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


def _rows(sheet: FindCameras) -> list[str]:
    items = [sheet.list.topLevelItem(n) for n in range(sheet.list.topLevelItemCount())]
    return [item.text(0) for item in items if item is not None]


def _find(session: Session, *numbers: int) -> None:
    named = [evolve(device(number), name=f"Dome {number}") for number in numbers]
    for one in named:
        session.on_notice(FoundNotice(CHANNEL, [one]))


def test_typing_begins_with_the_log_in(sheet: FindCameras) -> None:
    assert QApplication.focusWidget() is sheet.logins.rows[0].user


def test_the_first_row_is_shown_until_another_is_chosen(
    sheet: FindCameras, session: Session
) -> None:
    _find(session, 10, 2)
    assert _rows(sheet) == ["Dome 2", "Dome 10"]
    first, second = (sheet.list.topLevelItem(n) for n in (0, 1))
    assert sheet.list.currentItem() is first
    assert second is not None
    place = sheet.list.visualItemRect(second).center()
    QTest.mouseClick(sheet.list.viewport(), Qt.LeftButton, pos=place)
    _find(session, 1)
    assert _rows(sheet) == ["Dome 1", "Dome 2", "Dome 10"]
    assert sheet.list.currentItem() is second


def test_a_typed_address_becomes_a_row_and_is_tried_with_the_log_in(
    sheet: FindCameras, requester: FakeRequester
) -> None:
    login = sheet.logins.rows[0]
    QTest.keyClicks(login.user, "admin")
    QTest.keyClicks(login.password, "secret")
    QTest.keyClicks(sheet.typed, "192.0.2.9")
    QTest.keyClick(sheet.typed, Qt.Key_Return)
    (request,) = requester.of(TryDevice)
    assert request.url == "onvif://192.0.2.9"
    assert [(one.user, one.password) for one in request.credentials] == [("admin", "secret")]
    assert _rows(sheet) == ["Dome"]
    assert sheet.go.isEnabled()
    assert sheet.typed.text() == ""
