"""The log-in page: which server, who, and whether its certificate is the right one."""

from __future__ import annotations

import concurrent.futures

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QComboBox,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from axxon_client.model.bridge import Failure
from axxon_client.model.preferences import DEFAULT_PORT, Known, Preferences, parse_address
from axxon_client.net.errors import CertificateChanged, LinkFailure
from axxon_client.net.trust import Contact
from axxon_client.ui.settings.fields import hide_password
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import button, column, label, row, surface
from axxon_client.ui.widgets.states import Notice

_CARD_PX = 420


def address_text(address: str, port: int) -> str:
    host = f"[{address}]" if ":" in address else address
    return host if port == DEFAULT_PORT else f"{host}:{port}"


class LoginPage(QWidget):
    """Signals: `submitted(str address, int port, str user, str password)`; `cancelled()`;
    `forget_asked(str address, int port)`: the pinned certificate is to be forgotten."""

    submitted = pyqtSignal(str, int, str, str)
    cancelled = pyqtSignal()
    forget_asked = pyqtSignal(str, int)

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WA_StyledBackground)
        self._preferences = preferences
        self._answer: concurrent.futures.Future[bool] | None = None
        self._known: list[Known] = []
        self.server = QComboBox()
        self.server.setEditable(True)
        self.server.setInsertPolicy(QComboBox.NoInsert)
        self.server.lineEdit().setPlaceholderText(self.tr("name or address of the server"))
        self.server.setAccessibleName(self.tr("Server"))
        self.server.activated.connect(self._on_known)
        self.user = QLineEdit()
        self.user.setAccessibleName(self.tr("User name"))
        self.password = QLineEdit()
        self.password.setAccessibleName(self.tr("Password"))
        hide_password(self.password)
        self.notice = Notice()
        self._changed = ("", 0)  # the server whose certificate differs
        self.remedy = button("", "link", "", self._forget)
        self.remedy.hide()
        self.notice.body.addWidget(self.remedy, 0, Qt.AlignLeft)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.go = button(self.tr("Log in"), "primary", "", self.submit)
        self.stop = button(self.tr("Cancel"), "", "", self.cancelled.emit)
        self.fingerprint = label("", "mono", wrap=True)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._form())
        self.pages.addWidget(self._certificate())
        card = surface("panel", column(self._head(), self.pages, margins=32, space=20))
        card.setObjectName("loginCard")
        card.setFixedWidth(_CARD_PX)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(card, 0, Qt.AlignHCenter)
        outer.addStretch(3)
        for field in (self.user, self.password, self.server.lineEdit()):
            field.returnPressed.connect(self.submit)
        self.refresh()
        self.set_busy("")

    def _head(self) -> QWidget:
        picture = label()
        ratio = self.devicePixelRatioF()
        picture.setPixmap(icons.pixmap("cctv", 40, palette.ACCENT, ratio))
        texts = column(label("Axxon", "heading"), space=0)
        texts.addWidget(label(self.tr("Video surveillance"), "second"))
        head = QWidget()
        head.setLayout(row(picture, texts, 1, space=16))
        return head

    def _form(self) -> QWidget:
        page = QWidget()
        lines = column(space=4)
        for text, field in (
            (self.tr("Server"), self.server),
            (self.tr("User name"), self.user),
            (self.tr("Password"), self.password),
        ):
            lines.addWidget(label(text, "second"))
            lines.addWidget(field)
            lines.addSpacing(8)
        lines.addWidget(self.notice)
        lines.addSpacing(4)
        lines.addWidget(self.progress)
        lines.addSpacing(4)
        lines.addLayout(row(self.stop, self.go))
        page.setLayout(lines)
        return page

    def _certificate(self) -> QWidget:
        page = QWidget()
        self.meeting = label("", "title", wrap=True)
        explain = label(
            self.tr(
                "This computer has not met this server before. The fingerprint below belongs to "
                "the server's certificate; the server prints it too, when it starts. If both are "
                "equal, nobody is in between. It is remembered."
            ),
            "second",
            wrap=True,
        )
        box = surface("card", column(self.fingerprint, margins=12))
        trust = button(self.tr("Trust this server"), "primary", "", lambda: self._decide(True))
        refuse = button(self.tr("Cancel"), "", "", lambda: self._decide(False))
        page.setLayout(column(self.meeting, explain, box, 1, row(refuse, trust), space=12))
        self._trust = trust
        return page

    # --- filling in

    def refresh(self) -> None:
        self._known = self._preferences.servers()
        self.server.clear()
        for known in self._known:
            text = address_text(known.address, known.port)
            name = f"{known.name}  ·  {text}" if known.name and known.name != text else text
            self.server.addItem(icons.icon("server"), name)
        if self._known:
            self._on_known(0)
        else:
            self.server.setEditText("localhost")
            self.user.setText("admin")

    def fill(self, address: str, port: int, user: str) -> None:
        self.server.setEditText(address_text(address, port))
        if user:
            self.user.setText(user)

    def focus_first(self) -> None:
        """The first field that is still empty."""
        fields = (self.server.lineEdit(), self.user, self.password)
        next((f for f in fields if not f.text()), self.password).setFocus()

    def _on_known(self, number: int) -> None:
        known = self._known[number]
        self.server.setEditText(address_text(known.address, known.port))
        self.user.setText(known.user)
        self.password.setFocus()

    # --- logging in

    def submit(self) -> None:
        if self.busy:
            return
        try:
            address, port = parse_address(self.server.currentText())
        except ValueError as error:
            self.notice.say("red", str(error))
            self.server.setFocus()
            return
        if not self.user.text().strip():
            self.notice.say("red", self.tr("Enter your user name."))
            self.user.setFocus()
            return
        self.set_busy(self.tr("Connecting…"))
        self.submitted.emit(address, port, self.user.text().strip(), self.password.text())

    @property
    def busy(self) -> bool:
        return not self.go.isEnabled()

    def set_busy(self, text: str) -> None:
        """ "" = ready for input."""
        busy = bool(text)
        for field in (self.server, self.user, self.password, self.go):
            field.setEnabled(not busy)
        self.go.setText(text or self.tr("Log in"))
        self.stop.setVisible(busy)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.setVisible(busy)
        if busy:
            self.notice.hide()
        else:
            self.pages.setCurrentIndex(0)

    def ask_trust(self, contact: Contact, answer: concurrent.futures.Future[bool]) -> None:
        """First contact: show the fingerprint and wait for a decision."""
        self._answer = answer
        name = address_text(contact.address, contact.port)
        self.meeting.setText(self.tr("First meeting with {0}").format(name))
        pairs = contact.fingerprint.split(":")
        self.fingerprint.setText("\n".join(":".join(pairs[n : n + 8]) for n in range(0, 32, 8)))
        self.pages.setCurrentIndex(1)
        self._trust.setFocus()

    def _decide(self, trusted: bool) -> None:
        answer, self._answer = self._answer, None
        self.pages.setCurrentIndex(0)
        if answer is not None and not answer.done():
            answer.set_result(trusted)

    def abandon(self) -> None:
        """Whatever is asked is answered with no."""
        self._decide(False)
        self.set_busy("")

    def show_failure(self, failure: Failure, address: str, port: int) -> None:
        self.set_busy("")
        title, detail = self._words(failure, address_text(address, port))
        changed = isinstance(failure.cause, CertificateChanged)
        self.remedy.setVisible(changed)
        if changed:
            self.remedy.setText(self.tr("The server was re-installed: forget the old certificate"))
            self._changed = (address, port)
        self.notice.say("red", title, detail)
        if failure.code == LinkFailure.LOGIN:
            self.password.selectAll()
            self.password.setFocus()

    def _forget(self) -> None:
        address, port = self._changed
        self.notice.hide()
        self.remedy.hide()
        self.forget_asked.emit(address, port)
        self.submit()

    def _words(self, failure: Failure, name: str) -> tuple[str, str]:
        if isinstance(failure.cause, CertificateChanged):
            return (
                self.tr("This may not be the server you know"),
                self.tr(
                    "It shows another certificate than before. If nobody re-installed {0}, "
                    "do not log in: someone may be in between."
                ).format(name),
            )
        told = {
            LinkFailure.UNREACHABLE: (
                self.tr("{0} cannot be reached").format(name),
                self.tr("Check the address, the network, and that the server is running."),
            ),
            LinkFailure.TIMEOUT: (
                self.tr("{0} does not answer").format(name),
                self.tr("Check the address, the network, and that the server is running."),
            ),
            LinkFailure.LOGIN: (
                self.tr("Wrong user name or password"),
                self.tr("Check capital letters and the keyboard's language."),
            ),
            LinkFailure.NOT_A_SERVER: (
                self.tr("{0} is not an Axxon server").format(name),
                self.tr("Something else answers at this address. Check the port."),
            ),
            LinkFailure.VERSION: (
                self.tr("Client and server do not fit together"),
                failure.text,
            ),
            LinkFailure.CERTIFICATE: (self.tr("Not connected"), failure.text),
        }
        return told.get(failure.code, (self.tr("Log-in was not possible"), failure.text))  # type: ignore[call-overload,no-any-return]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key_Escape and self.busy:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)
