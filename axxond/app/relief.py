"""The governor's shell: looks at the load once a second, has its steps done, tells of them.

On the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psutil

from axxond.app.governor import MEASURES, STEPS, Governor, Measures, Pressure
from axxond.base.clock import Clock
from axxond.events.types import SERVER_LOAD, SERVER_LOAD_EASED, EventType
from protocol.messages import LoadStep

_LOOK_S = 1.0

_TEXTS = {
    LoadStep.NORMAL: "The processor keeps up again: everything runs as it should",
    LoadStep.NO_PREVIEWS: "The processor is short: nothing is drawn on live pictures",
    LoadStep.HALF_RATE: "The processor is short: detectors see 5 pictures a second at most",
    LoadStep.LOW_RATE: "The processor is short: detectors see 2.5 pictures a second at most",
    LoadStep.KEY_FRAMES: "The processor is short: detectors see key frames only",
}


class Relief:
    """`do(measures)` and `tell(type, text)` are called at each step.  `step`: where it stands;
    `newest`: what it saw last."""

    def __init__(
        self,
        pressure: Callable[[], Pressure],
        do: Callable[[Measures], None],
        tell: Callable[[EventType, str], None],
        clock: Clock,
    ) -> None:
        self._governor = Governor()
        self._pressure = pressure
        self._do = do
        self._tell = tell
        self._clock = clock
        self.newest = Pressure()

    @property
    def step(self) -> LoadStep:
        return self._governor.step

    async def run(self) -> None:
        """Until cancelled."""
        machine_cpu_percent()  # the first reading has no interval
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()

    def look(self) -> None:
        before = STEPS.index(self.step)
        self.newest = self._pressure()
        if not self._governor.look(self.newest, self._clock.monotonic_us()):
            return
        self._do(MEASURES[self.step])
        more = STEPS.index(self.step) > before
        self._tell(SERVER_LOAD if more else SERVER_LOAD_EASED, _TEXTS[self.step])


def machine_cpu_percent() -> float:
    """Of all processors together, by whomever, since the last call: [0; 100]."""
    return float(psutil.cpu_percent(None))
