"""What stands where there is nothing (yet): empty states, spinners, skeletons, notices."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QRectF, QSize, Qt, QTimer
from PyQt5.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PyQt5.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from axxon_client.ui.theme import icons, palette, style
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, column, label, row, set_tone, surface

_DETAIL_PX = 440


class EmptyState(QWidget):
    """An icon, what is the matter, what to do about it, and at most two buttons."""

    def __init__(
        self,
        icon: str,
        title: str,
        detail: str = "",
        actions: list[tuple[str, str, Callable[[], object]]] | None = None,
        small: bool = False,
    ) -> None:
        """`actions`: (text, kind, clicked)."""
        super().__init__()
        picture = QLabel()
        side = 32 if small else 64
        ratio = self.devicePixelRatioF()
        picture.setPixmap(icons.pixmap(icon, side, palette.LINE_STRONG, ratio))
        picture.setAlignment(Qt.AlignCenter)
        self.title = label(title, "" if small else "heading", wrap=True)
        self.title.setAlignment(Qt.AlignCenter)
        self.detail = label(detail, "caption" if small else "second", wrap=True)
        self.detail.setAlignment(Qt.AlignCenter)
        self.detail.setVisible(bool(detail))
        if not small:
            self.detail.setFixedWidth(_DETAIL_PX)
        buttons = row(1, *[button(text, kind, "", run) for text, kind, run in actions or []], 1)
        inner = column(picture, self.title, space=8 if small else 12)
        if small:
            inner.addWidget(self.detail)
        else:
            inner.addWidget(self.detail, 0, Qt.AlignHCenter)
        if actions:
            inner.addSpacing(8)
            inner.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.addStretch(2)
        outer.addLayout(inner)
        outer.addStretch(3)

    def showEvent(self, event: QShowEvent) -> None:
        """A wrapped text knows its height only for a width: by now font and width are there."""
        if self.detail.minimumWidth() == _DETAIL_PX:
            self.detail.setMinimumHeight(self.detail.heightForWidth(_DETAIL_PX))


class Spinner(QWidget):
    """Turns while something is waited for; stands still with reduced motion."""

    def __init__(self, side: int = 20) -> None:
        super().__init__()
        self._angle = 0
        self._side = side
        self._timer = QTimer(self)
        self._timer.setInterval(60)
        self._timer.timeout.connect(self._turn)
        self.setFixedSize(side, side)

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def showEvent(self, event: object) -> None:
        if style.motion_ms():
            self._timer.start()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        self._angle = (self._angle + 30) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        width = max(2.0, self._side / 9)
        ring = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(colour(palette.LINE_STRONG), width))
        painter.drawEllipse(ring)
        painter.setPen(QPen(colour(palette.ACCENT), width, Qt.SolidLine, Qt.RoundCap))
        painter.drawArc(ring, -self._angle * 16, 90 * 16)


class _Lines(QLabel):
    """As high as its text is at its width, also on stacked pages, which do not ask for that."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.PlainText)
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(0)  # it counts in what follows
        self.setMinimumHeight(max(self.heightForWidth(self.width()), 0))


class Notice(QFrame):
    """A coloured box with a title and a sentence; hidden while there is nothing to say."""

    _ICONS = {  # noqa: RUF012 - read only
        "red": ("alert-circle-outline", palette.RED_HOVER),
        "amber": ("alert-outline", palette.AMBER_HOVER),
        "green": ("check-circle-outline", palette.GREEN_HOVER),
        "accent": ("information-outline", palette.ACCENT_HOVER),
    }

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "notice")
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignTop)
        self.title, self.detail = _Lines(), _Lines()
        self.detail.setProperty("role", "second")
        self.body = column(self.title, self.detail, space=4)
        lines = row(self._icon, space=12, margins=12)
        lines.addLayout(self.body, 1)
        self.setLayout(lines)
        self.hide()

    def say(self, tone: str, title: str, detail: str = "") -> None:
        """`tone`: "red", "amber", "green" or "accent"."""
        icon, tint = self._ICONS[tone]
        self._icon.setPixmap(icons.pixmap(icon, palette.ICON, tint, self.devicePixelRatioF()))
        self.title.setText(title)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        set_tone(self, tone)
        self.show()


class Skeleton(QWidget):
    """Grey bars where rows will be."""

    def __init__(self, rows: int = 6, height: int = 28) -> None:
        super().__init__()
        self._rows = rows
        self._height = height
        self.setMinimumHeight(rows * (height + 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour(palette.RAISED))
        for number in range(self._rows):
            share = (0.9, 0.6, 0.75)[number % 3]
            top = 12 + number * (self._height + 12)
            painter.drawRoundedRect(
                QRectF(16, top, (self.width() - 32) * share, self._height), 4, 4
            )


def page_header(title: str, detail: str = "", *right: QWidget) -> QFrame:
    """Title line of a page."""
    frame = surface("window")
    frame.setObjectName("pageHeader")
    texts = column(label(title, "title"), space=0)
    if detail:
        texts.addWidget(label(detail, "caption"))
    line = row(space=8)
    line.setContentsMargins(24, 12, 16, 12)
    line.addLayout(texts, 1)
    for widget in right:
        line.addWidget(widget)
    frame.setLayout(line)
    return frame
