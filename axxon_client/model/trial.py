"""What a detector would have reported while its settings are being tried.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field, frozen

from axxon_client.model.words import US
from protocol.types import Phase, PreviewMark

WINDOW_US = 60 * US
_MAX_SPANS = 200  # in a minute; what fires more often is one red line anyway
_INSTANT_US = US // 2  # so long an instant is drawn


@frozen
class FireSpan:
    begin_us: int
    end_us: int | None  # None: it goes on


@define
class FireLog:
    """The last minute.  Begins of several objects may overlap: it fires while any goes on."""

    _spans: list[FireSpan] = field(factory=list)
    _open: int = 0
    now_us: int = 0

    def feed(self, now_us: int, marks: Iterable[PreviewMark]) -> None:
        self.now_us = max(self.now_us, now_us)
        for mark in marks:
            if mark.phase is Phase.INSTANT:
                self._spans.append(FireSpan(mark.time_us, mark.time_us + _INSTANT_US))
            elif mark.phase is Phase.BEGIN:
                self._begin(mark.time_us)
            else:
                self._end(mark.time_us)
        self._spans = [
            one
            for one in self._spans
            if one.end_us is None or one.end_us >= self.now_us - WINDOW_US
        ][-_MAX_SPANS:]

    def restart(self) -> None:
        """The settings were changed: what would have been before is another matter."""
        self._spans.clear()
        self._open = 0

    @property
    def firing(self) -> bool:
        return self._open > 0

    @property
    def spans(self) -> tuple[FireSpan, ...]:
        return tuple(self._spans)

    def _begin(self, time_us: int) -> None:
        self._open += 1
        if self._open == 1:
            self._spans.append(FireSpan(time_us, None))

    def _end(self, time_us: int) -> None:
        if not self._open:
            return
        self._open -= 1
        if not self._open:
            self._spans = [
                one if one.end_us is not None else FireSpan(one.begin_us, time_us)
                for one in self._spans
            ]
