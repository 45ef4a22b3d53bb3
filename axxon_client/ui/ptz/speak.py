"""Hold to talk to the camera's loudspeaker."""

from __future__ import annotations

from PyQt5 import sip
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QProgressBar, QWidget

from axxon_client.model.session import Session
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.widgets.basics import button, column, label, set_tone
from axxon_client.video.talk import Talk
from protocol.messages import DescribeDevice, DeviceDescribed
from protocol.types import Capability, ObjectKind, Right


class Speak(QWidget):
    """Hidden while camera or role do not allow it."""

    _stated = pyqtSignal(bool, str)
    _leveled = pyqtSignal(float)

    def __init__(self, session: Session, feeds: Feeds | None) -> None:
        super().__init__()
        self._session = session
        self._feeds = feeds
        self._camera = ""
        self.talk: Talk | None = None
        self.hold = button(self.tr("Hold to talk"), "", "microphone-outline")
        self.hold.pressed.connect(self._begin)
        self.hold.released.connect(self.end)
        self.level = QProgressBar()
        self.level.setRange(0, 100)
        self.level.setTextVisible(False)
        self.state = label("", "caption", wrap=True)
        title = label(self.tr("Loudspeaker"), "section")
        self.setLayout(column(title, self.hold, self.level, self.state))
        self._stated.connect(self._on_state)
        self._leveled.connect(lambda level: self.level.setValue(round(level * 100)))
        self.hide()

    def show_camera(self, camera: str) -> None:
        """Asks the device whether it has a loudspeaker."""
        self.end()
        self._camera = camera
        self.hide()
        device = self._session.store.ancestor(camera, ObjectKind.DEVICE)
        if device is None or self._feeds is None or not self._session.may(Right.TALK):
            return

        def done(reply: DeviceDescribed, _payload: bytes) -> None:
            if camera == self._camera:
                self.setVisible(Capability.TALK in reply.capabilities)
                self._say("", False)

        self._session.request(DescribeDevice(device.id), done, lambda _failure: None, self)

    def end(self) -> None:
        talk, self.talk = self.talk, None
        if talk is not None:
            talk.stop()
        self.level.setValue(0)

    def _begin(self) -> None:
        assert self._feeds is not None
        self.end()
        self.talk = talk = Talk(self._feeds.network, self._feeds.link, self._camera)
        talk.on_state = self._told
        talk.on_level = self._heard
        self._say(self.tr("Connecting…"), False)
        talk.start()

    def _told(self, speaking: bool, trouble: str) -> None:
        """Network thread."""
        if not sip.isdeleted(self):
            self._stated.emit(speaking, trouble)

    def _heard(self, level: float) -> None:
        """The sound card's thread."""
        if not sip.isdeleted(self):
            self._leveled.emit(level)

    def _on_state(self, speaking: bool, trouble: str) -> None:
        if trouble:
            self._say(trouble, True)
        elif speaking:
            self._say(self.tr("You are heard at the camera."), False)
        elif self.talk is None:
            self._say("", False)

    def _say(self, text: str, wrong: bool) -> None:
        self.state.setText(text)
        self.state.setVisible(bool(text))
        set_tone(self.state, "error" if wrong else "caption", "role")
