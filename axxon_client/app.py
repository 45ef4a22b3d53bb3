"""The client put together: network thread, decode threads, window; log-in and log-out."""

from __future__ import annotations

import concurrent.futures
import gc
import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from attrs import define, field
from PyQt5.QtCore import QObject, Qt, QTimer
from PyQt5.QtWidgets import QApplication, QWidget

from axxon_client.model.bridge import Bridge, Failure, TrustQuestion
from axxon_client.model.preferences import Known, Preferences
from axxon_client.model.session import Session, topics
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import TrustStore, config_folder
from axxon_client.ui.frame.window import Window
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.theme.style import apply_style
from axxon_client.ui.widgets.stills import Stills
from axxon_client.video import hardware
from axxon_client.video.pool import DecodePool
from axxon_client.video.surface import make_surface
from protocol.messages import LoginReply

log = logging.getLogger(__name__)

# After a log-in, when tree and tiles stand: what lives from then on lives until the log-out.
_SETTLE_MS = 3_000
_CLOSE_S = 3.0  # a server that hangs must not keep the program from ending


@define
class Options:
    """From the command line.  `password` is shown nowhere."""

    server: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    folder: Path = field(factory=config_folder)
    full_screen: bool = False


class Client(QObject):
    """Owns everything that must be ended in order: feeds, link, threads."""

    def __init__(self, app: QApplication, options: Options) -> None:
        super().__init__()
        self._app = app
        self._options = options
        self.preferences = Preferences(options.folder / "client.ini", self)
        self.network = NetworkThread()
        self.network.start()
        self.pool = DecodePool()
        self._question = TrustQuestion(self)
        self.trust = TrustStore(options.folder / "servers.json", self._question.decide)
        self.bridge: Bridge | None = None
        self._closing: list[concurrent.futures.Future[Any]] = []
        self.session: Session | None = None
        self.feeds: Feeds | None = None
        self.stills: Stills | None = None
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(_settle)
        self.dress()
        self.window = Window(self.preferences)
        login = self.window.login
        login.submitted.connect(self.log_in)
        login.cancelled.connect(self._cancel)
        login.forget_asked.connect(self.trust.forget)
        self._question.asked.connect(login.ask_trust)
        self.preferences.changed.connect(self._on_preference)
        self._choose_decoding()
        self.window.closing.connect(self.close)

    def start(self) -> None:
        """Show the window; log in at once when all that it takes is known."""
        options, login = self._options, self.window.login
        if options.server:
            login.fill(options.server, options.port, options.user)
        if options.full_screen:
            self.window.showFullScreen()
        else:
            self.window.show()
        login.focus_first()
        if options.server and options.user and options.password:
            login.password.setText(options.password)
            options.password = ""
            login.submit()

    def _choose_decoding(self) -> None:
        """For pictures that are opened from here on."""
        on = self.preferences.flag("hardware_decoding")
        hardware.CARD.choose(hardware.Choice.CUDA if on else hardware.Choice.OFF)

    def dress(self) -> None:
        self._app.setProperty("reducedMotion", self.preferences.flag("reduced_motion"))
        apply_style(self._app, self.preferences.flag("touch"))

    def _on_preference(self, name: str) -> None:
        if name == "hardware_decoding":
            self._choose_decoding()
        if name in ("touch", "reduced_motion"):
            self.dress()

    # --- log-in

    def log_in(self, address: str, port: int, user: str, password: str) -> None:
        link = ServerLink(address, port, self.trust)
        bridge = Bridge(self.network, link, self)
        self.bridge = bridge
        session = Session(bridge, address, self)
        bridge.noticed.connect(session.on_notice)

        def done(reply: LoginReply) -> None:
            if self.bridge is bridge:
                self._logged_in(bridge, session, reply)

        def failed(failure: Failure) -> None:
            if self.bridge is bridge:
                self._drop_link()
                self.window.login.show_failure(failure, address, port)

        bridge.open(user, password, done, failed)

    def _logged_in(self, bridge: Bridge, session: Session, reply: LoginReply) -> None:
        link = bridge.link
        self.session = session
        session.begin(reply)
        bridge.state_changed.connect(session.on_link)
        bridge.post.run(link.subscribe(topics(reply.rights)))
        self.preferences.remember(Known(link.address, link.port, reply.user, reply.node_name))
        self.feeds = Feeds(self.network, link, self.pool)
        self.stills = Stills(session, self.pool, session)
        work = WorkPage(session, self.feeds, self.stills, self.preferences, self._make_surface)
        work.log_out_asked.connect(self.log_out)
        self.window.login.set_busy("")
        self.window.login.password.clear()
        self.window.setWindowTitle(f"{reply.node_name} – Axxon")
        self.window.show_work(work)
        self._settling.start(_SETTLE_MS)

    def _make_surface(self, parent: QWidget) -> QWidget:
        return make_surface(parent, self.pool)

    def _cancel(self) -> None:
        self.window.login.abandon()
        self._drop_link()

    def log_out(self) -> None:
        self._end_work()
        self._drop_link()
        self.window.login.refresh()
        self.window.show_login()

    def _end_work(self) -> None:
        if self.window.work is not None:
            self.window.work.close_feeds()
        if self.feeds is not None:
            self.feeds.close()
        if self.stills is not None:
            self.stills.close()
        self.feeds = self.stills = None

    def _drop_link(self) -> None:
        bridge, self.bridge = self.bridge, None
        session, self.session = self.session, None
        if bridge is not None:
            self._closing = [future for future in self._closing if not future.done()]
            self._closing.append(bridge.close())
            bridge.deleteLater()
        if session is not None:
            session.deleteLater()

    def close(self) -> None:
        """The window closes: end feeds, link and threads.  May be called twice."""
        if not self.network.running:
            return
        self.window.hide()
        self.window.login.abandon()
        self._end_work()
        self._drop_link()
        concurrent.futures.wait(self._closing, _CLOSE_S)  # the window is gone: nobody waits
        self.network.stop()
        self.pool.close()


def _settle() -> None:
    """Take what stands out of the garbage collector's rounds: a full one over all modules and
    widgets keeps the GUI thread for 50 ms, again and again."""
    gc.collect()
    gc.freeze()


def catch_errors(window: Window) -> None:
    """PyQt ends the process at an exception in a slot unless there is a hook: log it and go on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("an error in the client", exc_info=(kind, error, trace))
        if window.work is not None:
            window.work.say(
                "red", window.tr("An error in the client"), f"{kind.__name__}: {error}"
            )

    sys.excepthook = hook


def make_application(arguments: list[str]) -> QApplication:
    """High DPI on; the names by which the desktop knows us."""
    QApplication.setAttribute(Qt.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.AA_UseHighDpiPixmaps)
    app = QApplication(arguments)
    app.setApplicationName("Axxon")
    app.setOrganizationName("axxon")
    return app
