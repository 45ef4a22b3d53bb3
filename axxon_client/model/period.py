"""A stretch of time that a person marks on the time line.  Pure."""

from __future__ import annotations

from attrs import evolve, frozen

LEAST_US = 100_000  # a stretch shorter than that is a slip of the hand


@frozen
class MarkedPeriod:
    """[begin; end), either of them perhaps not marked yet (None); never the wrong way round."""

    begin_us: int | None = None
    end_us: int | None = None

    @property
    def whole(self) -> tuple[int, int] | None:
        """Both ends; None while one is missing."""
        if self.begin_us is None or self.end_us is None:
            return None
        return self.begin_us, self.end_us

    @property
    def empty(self) -> bool:
        return self.begin_us is None and self.end_us is None

    def with_begin(self, time_us: int) -> MarkedPeriod:
        """An end that would come before it is forgotten: it is a new stretch."""
        keeps = self.end_us is not None and self.end_us >= time_us + LEAST_US
        return evolve(self, begin_us=time_us, end_us=self.end_us if keeps else None)

    def with_end(self, time_us: int) -> MarkedPeriod:
        keeps = self.begin_us is not None and self.begin_us <= time_us - LEAST_US
        return evolve(self, begin_us=self.begin_us if keeps else None, end_us=time_us)

    def dragged(self, which: str, time_us: int) -> MarkedPeriod:
        """One end ("begin" or "end") by hand: it stops short of the other."""
        if which == "begin":
            most = self.end_us - LEAST_US if self.end_us is not None else time_us
            return evolve(self, begin_us=min(time_us, most))
        least = self.begin_us + LEAST_US if self.begin_us is not None else time_us
        return evolve(self, end_us=max(time_us, least))
