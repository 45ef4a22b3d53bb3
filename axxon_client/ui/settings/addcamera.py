"""*Add camera*: address and log-in, a test that shows the picture or says what helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QCoreApplication, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainter, QPaintEvent
from PyQt5.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from axxon_client.model import words, zoom
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.ui.settings.fields import hide_password
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.ask import Sheet
from axxon_client.ui.widgets.basics import button, column, label, row, surface
from axxon_client.ui.widgets.states import Notice, Spinner
from protocol.messages import Change, Changed, ChangeTree, DeviceTested, TestDevice
from protocol.types import FailureKind, ObjectKind, StreamRole

Decode = Callable[[Any, bytes, Callable[[QImage | None], None], QWidget], None]

_PREVIEW = (400, 225)


class Preview(QWidget):
    """A picture in a black box, or words in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(*_PREVIEW)
        self._image: QImage | None = None
        self._spinner = Spinner(28)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignCenter)
        self._text = label("", "second", wrap=True)
        self._text.setAlignment(Qt.AlignCenter)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 24, 24, 24)
        box.addStretch(1)
        box.addWidget(self._spinner, 0, Qt.AlignHCenter)
        box.addWidget(self._icon)
        box.addWidget(self._text)
        box.addStretch(1)
        self.say("cctv", "")

    def say(self, icon: str, text: str, busy: bool = False) -> None:
        self._image = None
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icons.pixmap(icon, 40, palette.TEXT_OFF, ratio))
        self._icon.setVisible(not busy)
        self._spinner.setVisible(busy)
        self._text.setText(text)
        self._text.show()
        self.update()

    def show_image(self, image: QImage) -> None:
        self._image = image
        for part in (self._icon, self._spinner, self._text):
            part.hide()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.VIDEO))
        if self._image is not None and self._image.height():
            area = zoom.fitted(
                self._image.width() / self._image.height(), self.width(), self.height()
            )
            painter.setRenderHint(QPainter.SmoothPixmapTransform)
            painter.drawImage(
                self.rect().adjusted(round(area.x), round(area.y), -round(area.x), -round(area.y)),
                self._image,
            )


class AddCamera(Sheet):
    """Signals: `added(str device id)`."""

    added = pyqtSignal(str)

    def __init__(self, parent: QWidget | None, session: Session, decode: Decode) -> None:
        title = str(QCoreApplication.translate("AddCamera", "Add camera"))
        super().__init__(parent, title, 880)
        self._session = session
        self._decode = decode
        self._testing = 0
        self.url, self.low_url, self.user, self.password, self.name = (
            QLineEdit() for _ in range(5)
        )
        self.url.setPlaceholderText("rtsp://192.0.2.10:554/stream1")
        self.low_url.setPlaceholderText(self.tr("optional"))
        hide_password(self.password)
        self.name.setPlaceholderText(self.tr("e.g. Gate north"))
        self.name.setMaxLength(100)
        self.url_error = label("", "error", wrap=True)
        self.url_error.hide()
        self.preview = Preview()
        self.notice = Notice()
        self.streams = column(space=4)
        self.test = button(self.tr("Test connection"), "", "connection", self.run_test)
        self.go = button(self.tr("Add camera"), "primary", "", self.add)
        self.go.setDefault(True)
        columns = row(self._fields(), self._result(), space=24)
        columns.setStretch(0, 1)
        self.body.addLayout(columns)
        cancel = button(self.tr("Cancel"), "", "", self.reject)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.go)
        for field in (self.url, self.low_url, self.user, self.password, self.name):
            field.textChanged.connect(self._on_edit)
        self._idle()
        self._on_edit()
        self.url.setFocus()

    def _fields(self) -> QWidget:
        left = QWidget()
        box = column(space=4)
        rows = [
            (self.tr("Address"), self.url,
             self.tr("Of the video stream, or onvif://… or axis://… of the device.")),
            (self.tr("Low-quality address"), self.low_url,
             self.tr("A second, smaller stream saves processor time.")),
            (self.tr("User name"), self.user, ""),
            (self.tr("Password"), self.password, self.tr("As set in the camera.")),
            (self.tr("Name"), self.name, ""),
        ]  # fmt: skip
        for text, field, hint in rows:
            head = label(text)
            head.setBuddy(field)
            field.setAccessibleName(text)
            box.addWidget(head)
            box.addWidget(field)
            if field is self.url:
                box.addWidget(self.url_error)
            if hint:
                box.addWidget(label(hint, "caption"))
            box.addSpacing(8)
        box.addLayout(row(self.test, 1))
        box.addStretch(1)
        box.setContentsMargins(0, 0, 0, 0)
        left.setLayout(box)
        return left

    def _result(self) -> QWidget:
        box = column(space=8)
        box.setContentsMargins(0, 0, 0, 0)
        frame = surface("video", row(self.preview))
        box.addWidget(frame)
        box.addWidget(self.notice)
        box.addLayout(self.streams)
        box.addStretch(1)
        right = QWidget()
        right.setFixedWidth(_PREVIEW[0])
        right.setLayout(box)
        return right

    def properties(self) -> dict[str, Any]:
        return {
            "url": self.url.text().strip(),
            "low_url": self.low_url.text().strip(),
            "user": self.user.text().strip(),
            "password": self.password.text(),
        }

    # --- testing

    def _idle(self) -> None:
        self.preview.say("cctv", self.tr("The test shows the camera's picture here."))

    def _on_edit(self) -> None:
        ready = bool(self.url.text().strip())
        self.test.setEnabled(ready)
        self.go.setEnabled(ready and bool(self.name.text().strip()))
        self._complain("")

    def _complain(self, text: str) -> None:
        self.url_error.setText(text)
        self.url_error.setVisible(bool(text))

    def run_test(self) -> None:
        self._testing += 1
        number = self._testing
        self.notice.hide()
        self._clear_streams()
        self.preview.say("cctv", self.tr("Connecting…"), busy=True)
        self.test.setEnabled(False)

        def done(reply: DeviceTested, payload: bytes) -> None:
            if number == self._testing:
                self._tested(reply, payload)

        def failed(failure: Failure) -> None:
            if number == self._testing:
                self.test.setEnabled(True)
                self._idle()
                self.notice.say("red", self.tr("The test could not be made"), failure.text)

        self._session.request(TestDevice(self.properties()), done, failed, self)

    def _tested(self, reply: DeviceTested, payload: bytes) -> None:
        self.test.setEnabled(True)
        if reply.failure is not None:
            self._test_failed(reply.failure, reply.text)
            return
        self.notice.say("green", self.tr("It works"))
        for stream in reply.streams:
            self.streams.addWidget(label(_stream_text(stream), "caption"))
        video = next((s.video for s in reply.streams if s.video is not None), None)
        if video is not None and payload:
            self._decode(video, payload, self._on_picture, self)
        else:
            self.preview.say("image-off-outline", self.tr("The camera sent no picture yet."))

    def _test_failed(self, failure: FailureKind, text: str) -> None:
        self.preview.say("video-off-outline", "")
        reason = words.failure(failure)
        self.notice.say("red", f"{reason[:1].upper()}{reason[1:]}", words.remedy(failure))
        self.notice.setToolTip(text)

    def _on_picture(self, image: QImage | None) -> None:
        if image is None:
            self.preview.say("image-off-outline", self.tr("The picture cannot be read."))
        else:
            self.preview.show_image(image)

    def _clear_streams(self) -> None:
        while (item := self.streams.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    # --- adding

    def add(self) -> None:
        server = self._session.store.server()
        change = Change(
            "",
            ObjectKind.DEVICE,
            server.id if server is not None else "",
            self.name.text().strip(),
            self.properties(),
        )
        self.go.setEnabled(False)
        self._session.request(ChangeTree([change]), self._added, self._refused, self)

    def _added(self, reply: Changed, _payload: bytes) -> None:
        self.added.emit(reply.ids[0] if reply.ids else "")
        self.accept()

    def _refused(self, failure: Failure) -> None:
        self.go.setEnabled(True)
        if "url" in failure.obj or failure.text.startswith("url"):
            self._complain(failure.text.removeprefix("url:").strip())
        else:
            self.notice.say("red", self.tr("The camera was not added"), failure.text)


def _stream_text(stream: Any) -> str:
    role = words.choice("high" if stream.role is StreamRole.HIGH else "low")
    parts = [role]
    if stream.video is not None:
        video = stream.video
        parts.append(f"{video.codec.upper()} {video.width}×{video.height}")
    if stream.audio is not None:
        audio = stream.audio
        parts.append(f"{audio.codec.upper()} {audio.sample_rate / 1000:g} kHz")
    return "  ·  ".join(parts)
