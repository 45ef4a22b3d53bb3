"""The user's menu at the bottom of the rail, and the dialog for another password."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QCoreApplication, Qt
from PyQt5.QtWidgets import QAction, QLineEdit, QMenu, QWidget

from axxon_client.model.bridge import Failure
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.ui.theme import icons
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, label
from protocol.messages import ChangePassword

LEAST_PASSWORD = 8


def user_menu(
    parent: QWidget,
    session: Session,
    preferences: Preferences,
    change_password: Callable[[], None],
    log_out: Callable[[], None],
) -> QMenu:
    menu = QMenu(parent)
    menu.setAttribute(Qt.WA_DeleteOnClose)
    head = menu.addAction(f"{session.user} · {session.role}")
    head.setEnabled(False)
    menu.addSeparator()
    for name, text in (
        ("autohide", menu.tr("Hide menus when idle")),
        ("touch", menu.tr("Large targets for touch")),
        ("reduced_motion", menu.tr("Less motion")),
        ("hardware_decoding", menu.tr("Decode on the graphics card (NVIDIA)")),
    ):
        menu.addAction(_switch(menu, preferences, name, text))
    menu.addSeparator()
    menu.addAction(icons.icon("key-variant"), menu.tr("Change password…"), change_password)
    menu.addAction(icons.icon("logout"), menu.tr("Log out"), log_out)
    return menu


def _switch(menu: QMenu, preferences: Preferences, name: str, text: str) -> QAction:
    action = QAction(text, menu)
    action.setCheckable(True)
    action.setChecked(preferences.flag(name))
    action.toggled.connect(lambda on: preferences.set_flag(name, on))
    return action


class PasswordDialog(Sheet):
    """One's own password: the old one, the new one twice."""

    def __init__(self, parent: QWidget, session: Session, done: Callable[[], object]) -> None:
        super().__init__(parent, str(QCoreApplication.translate("user", "Change password")), 400)
        self._session = session
        self._done = done
        self._old, self._new, self._again = (QLineEdit() for _ in range(3))
        names = [self.tr("Present password"), self.tr("New password"), self.tr("Once more")]
        for field, name in zip((self._old, self._new, self._again), names, strict=True):
            field.setEchoMode(QLineEdit.Password)
            field.textChanged.connect(self._check)
            self.body.addWidget(label(name, "caption"))
            self.body.addWidget(field)
        self._error = label("", "error", wrap=True)
        self.body.addWidget(self._error)
        self.buttons.addWidget(button(self.tr("Cancel"), "", "", self.reject))
        self._go = button(self.tr("Change password"), "primary", "", self._send)
        self._go.setDefault(True)
        self.buttons.addWidget(self._go)
        self._check()

    def _check(self) -> None:
        new, again = self._new.text(), self._again.text()
        problem = ""
        if new and len(new) < LEAST_PASSWORD:
            problem = self.tr("At least {0} characters.").format(LEAST_PASSWORD)
        elif again and again != new:
            problem = self.tr("The two new passwords differ.")
        self._error.setText(problem)
        self._go.setEnabled(bool(self._old.text() and new and new == again and not problem))

    def _send(self) -> None:
        self._go.setEnabled(False)
        message = ChangePassword(self._new.text(), self._old.text())
        self._session.request(message, lambda _m, _p: self._taken(), self._refused, self)

    def _taken(self) -> None:
        self._done()
        self.accept()

    def _refused(self, failure: Failure) -> None:
        self._error.setText(failure.text)
        self._go.setEnabled(True)
