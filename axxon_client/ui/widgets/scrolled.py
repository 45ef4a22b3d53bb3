"""What lies in a scroll area: as high as its wrapped texts need at the width that there is."""

from __future__ import annotations

from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QLayout, QWidget


class Scrolled(QWidget):
    """A scroll area asks for the least height at any width, and would squeeze wrapped labels."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setObjectName("scrolled")
        self.setLayout(layout)

    def event(self, event: QEvent) -> bool:
        done = bool(super().event(event))
        if event.type() in (QEvent.LayoutRequest, QEvent.Resize):
            needed = self.layout().totalHeightForWidth(self.width())
            self.setMinimumHeight(max(0, needed))
        return done
