from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure, as_failure
from axxon_client.model.preferences import Known, Preferences
from axxon_client.net.errors import CertificateChanged, LinkFailure
from axxon_client.net.trust import Contact
from axxon_client.ui.login.page import LoginPage


@pytest.fixture
def page(dressed: QApplication, qtbot: QtBot, preferences: Preferences) -> Iterator[LoginPage]:
    preferences.remember(Known("192.0.2.1", 7780, "guard", "Shop"))
    made = LoginPage(preferences)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    yield made
    made.close()


def test_the_last_server_and_user_are_filled_in(page: LoginPage) -> None:
    assert page.server.currentText() == "192.0.2.1"
    assert page.user.text() == "guard"


def test_enter_logs_in_with_the_port_of_the_address(qtbot: QtBot, page: LoginPage) -> None:
    page.server.setEditText("cam.example:7999")
    page.password.setText("secret12")
    with qtbot.waitSignal(page.submitted) as sent:
        qtbot.keyClick(page.password, Qt.Key_Return)
    assert sent.args == ["cam.example", 7999, "guard", "secret12"]
    assert page.busy
    assert page.progress.isVisible()
    assert not page.password.isEnabled()


def test_waiting_can_be_cancelled(qtbot: QtBot, page: LoginPage) -> None:
    page.submit()
    with qtbot.waitSignal(page.cancelled):
        page.stop.click()
    page.abandon()
    assert not page.busy


def test_a_bad_address_is_explained_before_anything_is_sent(qtbot: QtBot, page: LoginPage) -> None:
    page.server.setEditText("shop:notaport")
    with qtbot.assertNotEmitted(page.submitted):
        page.submit()
    assert page.notice.isVisible()


@pytest.mark.parametrize("failure", list(LinkFailure))
def test_every_failure_is_told_in_words(page: LoginPage, failure: LinkFailure) -> None:
    page.submit()
    page.show_failure(Failure("technical text", failure), "192.0.2.1", 7780)
    assert page.notice.isVisible()
    assert page.notice.title.text()[0].isupper() or page.notice.title.text()[0].isdigit()
    assert not page.busy


def test_a_wrong_password_can_be_typed_over_at_once(qtbot: QtBot, page: LoginPage) -> None:
    page.password.setText("wrong")
    page.submit()
    page.show_failure(Failure("no", LinkFailure.LOGIN), "192.0.2.1", 7780)
    assert page.notice.title.text() == "Wrong user name or password"
    assert page.password.selectedText() != "" or page.password.hasSelectedText()


def test_the_eye_shows_the_password(page: LoginPage) -> None:
    assert page.password.echoMode() == QLineEdit.Password
    page.password.actions()[0].trigger()
    assert page.password.echoMode() == QLineEdit.Normal


FINGERPRINT = ":".join(["AB"] * 32)


def test_a_first_meeting_shows_the_fingerprint_and_waits(page: LoginPage) -> None:
    page.submit()
    answer: concurrent.futures.Future[bool] = concurrent.futures.Future()
    page.ask_trust(Contact("192.0.2.1", 7780, FINGERPRINT), answer)
    assert page.fingerprint.isVisible()
    assert page.fingerprint.text().replace("\n", ":") == FINGERPRINT
    page._trust.click()
    assert answer.result() is True


def test_closing_while_asked_means_no(page: LoginPage) -> None:
    answer: concurrent.futures.Future[bool] = concurrent.futures.Future()
    page.ask_trust(Contact("192.0.2.1", 7780, FINGERPRINT), answer)
    page.abandon()
    assert answer.result() is False


def test_a_changed_certificate_warns_and_can_be_forgotten(qtbot: QtBot, page: LoginPage) -> None:
    page.submit()
    error = as_failure(CertificateChanged("192.0.2.1", "AA", "BB"))
    page.show_failure(error, "192.0.2.1", 7780)
    assert page.notice.title.text() == "This may not be the server you know"
    assert page.remedy.isVisible()
    with qtbot.waitSignals([page.forget_asked, page.submitted]):
        page.remedy.click()
    assert page.remedy.isHidden()
