"""What gives way when the processor is short, and when it comes back.  Pure.

Never recording.  The order: what is drawn on live pictures, then how often pictures are analysed,
last that they are decoded at all.  A step is taken when the server has been behind for RISE_US,
one at a time, and taken back when it has been at ease for a while: CALM_US, doubled each time that
the step had to be taken again soon after, up to MOST_CALM_US.  So two changes are at least RISE_US
apart, and a step given back and taken again costs ever longer.
"""

from __future__ import annotations

from attrs import frozen

from axxond.analytics.pipeline import FULL_RATE, Discard, Thrift
from axxond.base.units import MINUTE_US, MS_US, SECOND_US
from protocol.messages import LoadStep

RISE_US = 3 * SECOND_US
CALM_US = 20 * SECOND_US
MOST_CALM_US = 10 * MINUTE_US
# A step taken again within that of its end had better stayed.
_RELAPSE_US = 2 * MINUTE_US

# Behind: a picture's result is to be there within a second, and a turn may have to wait for
# another one before it; the loop's own lateness is felt by every client at 200 ms.
_LATE_TURN_US = 400 * MS_US
_LATE_LOOP_US = 200 * MS_US
_FULL_PERCENT = 97.0
# At ease: room enough that the step before would not bring it back at once.
_CALM_TURN_US = 150 * MS_US
_CALM_LOOP_US = 50 * MS_US
_CALM_PERCENT = 85.0

STEPS = tuple(LoadStep)


@frozen
class Pressure:
    """`turn_us`: how long the decoder's most patient stream waits for its results; `loop_late_us`:
    the worst lateness of the event loop; `cpu_percent`: of the whole machine [0; 100]; each since
    the last look."""

    turn_us: int = 0
    loop_late_us: int = 0
    cpu_percent: float = 0.0

    @property
    def behind(self) -> bool:
        return self.turn_us >= _LATE_TURN_US or self.loop_late_us >= _LATE_LOOP_US

    @property
    def full(self) -> bool:
        """All processors are busy, though nothing is late yet."""
        return self.cpu_percent >= _FULL_PERCENT

    @property
    def at_ease(self) -> bool:
        return (
            self.turn_us < _CALM_TURN_US
            and self.loop_late_us < _CALM_LOOP_US
            and self.cpu_percent < _CALM_PERCENT
        )


@frozen
class Measures:
    """What a step means."""

    previews: bool
    thrift: Thrift


MEASURES = {
    LoadStep.NORMAL: Measures(True, FULL_RATE),
    LoadStep.NO_PREVIEWS: Measures(False, FULL_RATE),
    LoadStep.HALF_RATE: Measures(False, Thrift(2)),
    LoadStep.LOW_RATE: Measures(False, Thrift(4, Discard.NON_REFERENCE)),
    LoadStep.KEY_FRAMES: Measures(False, Thrift(4, Discard.NON_KEY)),
}


class Governor:
    """`step` is where it stands."""

    def __init__(self) -> None:
        self.step = LoadStep.NORMAL
        self._high_us: int | None = None
        self._calm_us: int | None = None
        self._wait_us = CALM_US
        self._fell_us: int | None = None

    def look(self, pressure: Pressure, now_us: int) -> bool:
        """About once a second; whether `step` has changed."""
        at = STEPS.index(self.step)
        # Full alone is no harm done: it costs the drawing, not the analysis.
        high = pressure.behind or (pressure.full and at == 0)
        self._high_us = _since(self._high_us, high, now_us)
        self._calm_us = _since(self._calm_us, pressure.at_ease, now_us)
        if self._high_us is not None and now_us - self._high_us >= RISE_US:
            return self._rise(at, now_us)
        if at and self._calm_us is not None and now_us - self._calm_us >= self._wait_us:
            self._go(at - 1)
            self._fell_us = now_us
            return True
        self._forgive(at, now_us)
        return False

    def _rise(self, at: int, now_us: int) -> bool:
        if at + 1 == len(STEPS):
            return False
        if self._fell_us is not None and now_us - self._fell_us < _RELAPSE_US:
            self._wait_us = min(2 * self._wait_us, MOST_CALM_US)
        self._fell_us = None
        self._go(at + 1)
        return True

    def _go(self, at: int) -> None:
        """What comes next needs its time anew."""
        self.step = STEPS[at]
        self._high_us = self._calm_us = None

    def _forgive(self, at: int, now_us: int) -> None:
        """Nothing given back was missed: the next time is a first time."""
        if at == 0 and self._fell_us is not None and now_us - self._fell_us >= _RELAPSE_US:
            self._wait_us = CALM_US
            self._fell_us = None


def _since(since_us: int | None, holds: bool, now_us: int) -> int | None:
    if not holds:
        return None
    return now_us if since_us is None else since_us
