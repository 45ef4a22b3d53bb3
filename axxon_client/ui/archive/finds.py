"""What the archive bar's tools open: pictures of an interval, coverage, protections."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from axxon_client.model.session import Session
from axxon_client.ui.archive.coverage import CoverageSheet
from axxon_client.ui.archive.interval import IntervalPage
from axxon_client.ui.archive.protections import ProtectionSheet
from axxon_client.ui.layouts.watch import WatchPage
from axxon_client.ui.widgets.stills import Stills
from protocol.types import Right


class Finds(QObject):
    """Signals: `said(tone, title, detail)`."""

    said = pyqtSignal(str, str, str)

    def __init__(self, host: QWidget, session: Session, stills: Stills, watch: WatchPage) -> None:
        super().__init__(host)
        self._host = host
        self._session = session
        self._watch = watch
        self.interval = IntervalPage(session, stills, watch.desk.line)
        self.interval.played.connect(self._play)
        self.interval.closed.connect(watch.uncover)
        self.interval.said.connect(self.said)
        tools = watch.bar.tools
        tools.pictures_asked.connect(self.open_interval)
        tools.coverage_asked.connect(self.open_coverage)
        tools.protect_asked.connect(self.open_protections)
        watch.desk.changed.connect(self._on_desk)

    def open_interval(self) -> None:
        """The marked period, else what the time line shows, of the active camera."""
        camera = self._camera()
        if not camera:
            return
        begin_us, end_us = self._shown_period()
        self._watch.desk.pause()
        self._watch.cover(self.interval)
        self.interval.open(camera, begin_us, end_us)

    def open_coverage(self) -> CoverageSheet | None:
        camera = self._camera()
        if not camera:
            return None
        sheet = CoverageSheet(self._host.window(), self._session, camera)
        sheet.chosen.connect(self._play)
        sheet.open()
        return sheet

    def open_protections(self) -> ProtectionSheet | None:
        """The list, and a form for the marked period."""
        camera = self._camera()
        if not self._session.may(Right.ARCHIVE):
            return None
        others = [one for one in self._watch.playing_cameras() if one != camera]
        cameras = [camera, *others] if camera else others
        period = self._watch.desk.period.whole
        sheet = ProtectionSheet(self._host.window(), self._session, cameras, period)
        sheet.chosen.connect(self._play)
        sheet.said.connect(self.said)
        sheet.open()
        return sheet

    def _camera(self) -> str:
        if not self._session.may(Right.ARCHIVE):
            return ""
        cameras = self._watch.playing_cameras()
        return self._watch.desk.line.camera or (cameras[0] if cameras else "")

    def _shown_period(self) -> tuple[int, int]:
        desk = self._watch.desk
        if desk.period.whole is not None:
            return desk.period.whole
        axis = self._watch.bar.line.axis
        now_us = self._session.clock.now_us()
        first_us = desk.line.first_us if desk.line.first_us is not None else axis.begin_us
        return max(axis.begin_us, first_us), min(axis.end_us, now_us)

    def _play(self, camera: str, time_us: int) -> None:
        self._watch.show_camera(camera)
        self._watch.go_archive(time_us=time_us)
        if self._watch.desk.active and self._watch.desk.paused:
            self._watch.desk.toggle()
        self._watch.grid.setFocus()

    def _on_desk(self) -> None:
        """Nothing plays back any more: back to the tiles."""
        if not self._watch.desk.active and self._watch.covered:
            self.interval.close_page()
