"""A detector on its camera's picture: zones, masks and lines to draw, and a trial of the form."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QHideEvent, QShowEvent
from PyQt5.QtWidgets import QWidget

from axxon_client.model.session import Session
from axxon_client.model.settings import FormModel
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.settings.backtest import BackTestSheet, Draft
from axxon_client.ui.settings.trial import Trial, TrialStrip
from axxon_client.ui.settings.zones import ZoneEditor
from axxon_client.ui.widgets.basics import column
from protocol.messages import PreviewNotice


class DetectorPart(QWidget):
    """The trial runs while this is shown, for detectors that look.

    Signals: `moment_chosen(str camera, qint64 time)` to play footage.
    """

    moment_chosen = pyqtSignal(str, "qint64")

    def __init__(
        self, model: FormModel, session: Session, feeds: Feeds | None, camera: str
    ) -> None:
        super().__init__()
        self._session = session
        self.strip = TrialStrip()
        self.zones = ZoneEditor(model, self.strip)
        self.trial: Trial | None = None
        self._model = model
        self._feeds = feeds
        self._camera = camera
        self.setLayout(column(self.zones))
        self.strip.cells_wanted.connect(self.zones.canvas.show_cells)
        self.strip.backtest_asked.connect(self.open_backtest)
        model.value_changed.connect(self._on_value)
        self.strip.setVisible(self._can_be_tried())

    def open_backtest(self) -> BackTestSheet:
        model = self._model
        values = {
            field.name: model.value(field.name)
            for field in model.schema.fields
            if model.applies(field.name)
        }
        detector = model.record.id if model.record is not None else ""
        draft = Draft(self._camera, detector, values)
        sheet = BackTestSheet(self.window(), self._session, draft)
        sheet.moment_chosen.connect(self.moment_chosen)
        sheet.open()
        return sheet

    def _can_be_tried(self) -> bool:
        """A detector of sound has no stream of pictures to choose."""
        return self._feeds is not None and bool(self._camera) and self._model.applies("stream")

    def showEvent(self, event: QShowEvent) -> None:
        self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        self._end()

    def _begin(self) -> None:
        if self.trial is not None or not self._can_be_tried():
            return
        assert self._feeds is not None
        self.trial = trial = Trial(self._feeds, self._camera, self._model)
        trial.pictured.connect(self.zones.canvas.set_image)
        trial.told.connect(self._on_told)
        trial.refused.connect(self.strip.refuse)
        trial.restarted.connect(self.strip.restart)

    def _end(self) -> None:
        trial, self.trial = self.trial, None
        if trial is not None:
            trial.close()

    def _on_told(self, notice: PreviewNotice) -> None:
        self.strip.take(notice)
        self.zones.canvas.set_seen(notice)

    def _on_value(self, name: str) -> None:
        """Another stream is another trial; so is the way from sound to pictures and back."""
        if name in ("stream", "type"):
            possible = self._can_be_tried()
            self.strip.setVisible(possible)
            if name == "stream" or possible != (self.trial is not None):
                self._end()
                if self.isVisible():
                    self._begin()
