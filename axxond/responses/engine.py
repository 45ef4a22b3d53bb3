"""Detector events to actions, pure.  One engine a server; time and state come as arguments.

A camera has at most one alarm of its detectors at a time: it begins with the first detector that
raises one while the camera is armed, goes on while any of them sees something, and ends with the
last; what begins within `REJOIN_US` of that end makes it go on.  Event recording follows every
detector, armed or not.
"""

from __future__ import annotations

from attrs import frozen

from axxond.base.units import SECOND_US
from protocol.types import Phase

# Someone who stands still for a moment and walks on is one alarm, not two.
REJOIN_US = 10 * SECOND_US


@frozen
class Trigger:
    """A detector's event as the engine sees it; `kind` is the event type's name."""

    detector: str
    camera: str
    kind: str
    phase: Phase
    time_us: int


@frozen
class Conditions:
    """What holds for the camera and the detector now."""

    armed: bool
    raises_alarm: bool


@frozen
class RaiseAlarm:
    camera: str
    kind: str
    time_us: int


@frozen
class ExtendAlarm:
    """The camera's last alarm, which ended a moment ago, goes on (a new one when it was judged
    meanwhile)."""

    camera: str
    kind: str
    time_us: int


@frozen
class EndAlarm:
    """The camera's present alarm has ended (it stays pending until evaluated)."""

    camera: str
    time_us: int


@frozen
class Record:
    """Begin or end what recordings of mode "event" of the camera take."""

    camera: str
    on: bool
    time_us: int


Action = RaiseAlarm | ExtendAlarm | EndAlarm | Record


class Engine:
    """Remembers which detectors are active; every method returns what is to be done."""

    def __init__(self) -> None:
        self._active: dict[str, dict[str, str]] = {}  # camera: detector: kind
        self._alarming: dict[str, set[str]] = {}  # camera: detectors that hold its alarm
        self._ended_us: dict[str, int] = {}  # camera: when its last alarm ended

    def trigger(self, event: Trigger, now: Conditions) -> list[Action]:
        if event.phase is Phase.END:
            return self._end(event.camera, event.detector, event.time_us)
        actions: list[Action] = []
        active = self._active.setdefault(event.camera, {})
        if not active:
            actions.append(Record(event.camera, True, event.time_us))
        active[event.detector] = event.kind
        if now.armed and now.raises_alarm:
            actions += self._alarm(event.camera, event.detector, event.kind, event.time_us)
        if event.phase is Phase.INSTANT:
            actions += self._end(event.camera, event.detector, event.time_us)
        return actions

    def armed(self, camera: str, alarm_detectors: frozenset[str], time_us: int) -> list[Action]:
        """The camera was armed: what its alarming detectors see already raises an alarm."""
        actions: list[Action] = []
        for detector, kind in self._active.get(camera, {}).items():
            if detector in alarm_detectors:
                actions += self._alarm(camera, detector, kind, time_us)
        return actions

    def disarmed(self, camera: str, time_us: int) -> list[Action]:
        """The detectors' alarm, if there is one, goes on no longer."""
        return self._over(camera, time_us) if self._alarming.pop(camera, None) else []

    def forget(self, camera: str, time_us: int) -> list[Action]:
        """The camera's detectors were stopped: whatever they saw has ended."""
        actions: list[Action] = []
        for detector in list(self._active.get(camera, {})):
            actions += self._end(camera, detector, time_us)
        self._ended_us.pop(camera, None)
        return actions

    def _alarm(self, camera: str, detector: str, kind: str, time_us: int) -> list[Action]:
        holders = self._alarming.setdefault(camera, set())
        first = not holders
        holders.add(detector)
        if not first:
            return []
        ended_us = self._ended_us.get(camera)
        if ended_us is not None and abs(time_us - ended_us) <= REJOIN_US:
            return [ExtendAlarm(camera, kind, time_us)]
        return [RaiseAlarm(camera, kind, time_us)]

    def _over(self, camera: str, time_us: int) -> list[Action]:
        self._ended_us[camera] = time_us
        return [EndAlarm(camera, time_us)]

    def _end(self, camera: str, detector: str, time_us: int) -> list[Action]:
        actions: list[Action] = []
        holders = self._alarming.get(camera, set())
        holders.discard(detector)
        if not holders and self._alarming.pop(camera, None) is not None:
            actions += self._over(camera, time_us)
        active = self._active.get(camera, {})
        if active.pop(detector, None) is not None and not active:
            del self._active[camera]
            actions.append(Record(camera, False, time_us))
        return actions
