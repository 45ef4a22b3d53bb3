"""Times of the week: rows of days with a begin and an end."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from PyQt5.QtCore import QLocale, Qt, QTime, pyqtSignal
from PyQt5.QtWidgets import QTimeEdit, QToolButton, QVBoxLayout, QWidget

from axxon_client.ui.settings.editor import Editor
from axxon_client.ui.widgets.basics import button, label, row, tool
from protocol.types import FieldSchema

_MAX_TIMES = 20  # more rows than days and shifts is a mistake
_FORM = "HH:mm"


@frozen
class Times:
    """Days of the week (0 = Monday) and times of day; as the server's schema writes them."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    begin: str = "08:00"
    end: str = "18:00"
    rest: dict[str, Any] = field(factory=dict)

    def written(self) -> dict[str, Any]:
        return {**self.rest, "days": list(self.days), "from": self.begin, "to": self.end}


def read(value: Any) -> list[Times]:
    """What is no schedule is left out."""
    found = []
    for item in value or []:
        if isinstance(item, dict):
            rest = {k: v for k, v in item.items() if k not in ("days", "from", "to")}
            days = tuple(int(day) for day in item.get("days", []))
            found.append(Times(days, str(item.get("from", "")), str(item.get("to", "")), rest))
    return found


class TimesRow(QWidget):
    """Signals: `edited()`; `remove_asked()`."""

    edited = pyqtSignal()
    remove_asked = pyqtSignal()

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._rest = times.rest
        self.days = [self._day(day, day in times.days) for day in range(7)]
        self.begin, self.end = (self._clock(text) for text in (times.begin, times.end))
        line = row(space=2)
        for made in self.days:
            line.addWidget(made)
        line.addSpacing(8)
        line.addWidget(self.begin)
        line.addWidget(label("–", "second"))
        line.addWidget(self.end)
        line.addWidget(
            tool("close", self.tr("Remove these times"), self.remove_asked.emit, size=16)
        )
        line.addStretch(1)
        self.setLayout(line)

    def value(self) -> Times:
        chosen = tuple(day for day, made in enumerate(self.days) if made.isChecked())
        begin, end = (clock.time().toString(_FORM) for clock in (self.begin, self.end))
        # The last minute stands for the end of the day: a clock shows no 24:00.
        return Times(chosen, begin, "24:00" if end == "23:59" else end, self._rest)

    def _day(self, day: int, on: bool) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "segment")
        made.setText(QLocale().standaloneDayName(day + 1, QLocale.ShortFormat))
        made.setToolTip(QLocale().standaloneDayName(day + 1))
        made.setCheckable(True)
        made.setChecked(on)
        made.setFocusPolicy(Qt.TabFocus)
        made.clicked.connect(lambda _on: self.edited.emit())
        return made

    def _clock(self, text: str) -> QTimeEdit:
        made = QTimeEdit(QTime(23, 59) if text == "24:00" else QTime.fromString(text, _FORM))
        made.setDisplayFormat(_FORM)
        made.setFixedWidth(72)
        made.timeChanged.connect(lambda _time: self.edited.emit())
        return made


class ScheduleEditor(Editor):
    """Several rows of times; none: never."""

    def __init__(self, schema: FieldSchema) -> None:
        super().__init__()
        self.setAccessibleName(schema.label)
        self.rows: list[TimesRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.add = button(self.tr("Add times"), "link", "plus", self._on_add)
        self._column.addWidget(self.add, 0, Qt.AlignLeft)

    def set_value(self, value: Any) -> None:
        wanted = read(value)
        if wanted == [made.value() for made in self.rows]:
            return
        for made in list(self.rows):
            self._drop(made)
        for times in wanted:
            self._add_row(times)

    def focus_widget(self) -> QWidget:
        return self.rows[0].days[0] if self.rows else self.add

    def _add_row(self, times: Times) -> None:
        made = TimesRow(times)
        made.edited.connect(self._tell)
        made.remove_asked.connect(lambda: self._on_remove(made))
        self._column.insertWidget(len(self.rows), made)
        self.rows.append(made)
        self.add.setEnabled(len(self.rows) < _MAX_TIMES)

    def _drop(self, made: TimesRow) -> None:
        self.rows.remove(made)
        self._column.removeWidget(made)
        made.hide()
        made.deleteLater()
        self.add.setEnabled(True)

    def _on_add(self) -> None:
        self._add_row(Times())
        self._tell()

    def _on_remove(self, made: TimesRow) -> None:
        self._drop(made)
        self._tell()

    def _tell(self) -> None:
        self.edited.emit([made.value().written() for made in self.rows])
