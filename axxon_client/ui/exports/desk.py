"""Joins the order sheet, the queue and the files that come here."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from axxon_client.model.bridge import Post
from axxon_client.model.exporting import ExportDraft
from axxon_client.model.exports import Downloads, Fetch, LinkFetch
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.ui.exports.queue import ExportQueue
from axxon_client.ui.exports.sheet import ExportSheet, whole_seconds
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.watch import WatchPage
from axxon_client.ui.widgets.stills import Stills
from protocol.types import ExportRecord, Right


class ExportDesk(QObject):
    """Signals: `said(tone, title, detail, action text, callable)` for a toast with a button."""

    said = pyqtSignal(str, str, str, str, object)

    def __init__(
        self,
        host: QWidget,
        session: Session,
        feeds: Feeds | None,
        stills: Stills,
        preferences: Preferences,
        watch: WatchPage,
    ) -> None:
        super().__init__(host)
        self._host = host
        self._session = session
        self._stills = stills
        self._preferences = preferences
        self._watch = watch
        fetch: Fetch | None = None
        if feeds is not None:
            fetch = LinkFetch(Post(feeds.network, self), feeds.link)
        self.downloads = Downloads(session.exports, fetch, preferences, self)
        self.queue = ExportQueue(host, session, self.downloads, preferences)
        self.queue.told.connect(self.said)

    def open_sheet(self) -> ExportSheet | None:
        """For what plays, over the marked period; None without the right to."""
        cameras = self._watch.playing_cameras()
        if not self._session.may(Right.EXPORT) or not cameras:
            return None
        begin_us, end_us = self._watch.desk.chosen_period()
        active = self._watch.active
        chosen = cameras
        if active is not None and active.camera and not self._watch.bar.together.isChecked():
            chosen = [active.camera]
        draft = whole_seconds(ExportDraft(tuple(chosen), begin_us, end_us))
        shown = [camera for camera in self._session.layouts.current.cells if camera]
        sheet = ExportSheet(
            self._host.window(), self._session, self._stills, self._preferences, draft, shown
        )
        sheet.ordered.connect(self._on_ordered)
        sheet.open()
        return sheet

    def close(self) -> None:
        """Before the page goes."""
        self.downloads.close()

    def _on_ordered(self, job: ExportRecord, folder: str) -> None:
        self.downloads.wish(job.id, Path(folder))
        self.said.emit(
            "accent",
            self.tr("The export has begun"),
            self.tr("It goes on on the server, and is saved to {0}.").format(folder),
            self.tr("Show exports"),
            self.queue.open,
        )
