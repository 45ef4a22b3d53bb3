"""Detector events to actions, pure.  One engine a server; time and state come as arguments.

A camera has at most one alarm of its detectors at a time: it begins with the first detector that
raises one while the camera is armed, goes on while any of them sees something, and ends with the
last; what begins within `REJOIN_US` of that end makes it go on.  Event recording follows every
detector, armed or not.  What a detector or sensor starts besides (`Responses`) is done when it
begins; a relay without a time goes off when the last that holds it has ended.
"""

from __future__ import annotations

from attrs import frozen

from axxond.base.units import SECOND_US
from protocol.types import Phase

# Someone who stands still for a moment and walks on is one alarm, not two.
REJOIN_US = 10 * SECOND_US


@frozen
class Responses:
    """What a detector or sensor starts: object ids, "" = nothing.  `relay_s` 0: for as long as
    it lasts."""

    relay: str = ""
    relay_s: float = 0.0
    telemetry: str = ""
    preset: str = ""


_NOTHING = Responses()


@frozen
class Trigger:
    """A detector's or sensor's event as the engine sees it; `kind` is the event type's name."""

    detector: str
    camera: str
    kind: str
    phase: Phase
    time_us: int
    responses: Responses = _NOTHING


@frozen
class Conditions:
    """What holds for the camera and the detector now."""

    armed: bool
    raises_alarm: bool
    records: bool = True


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


@frozen
class SwitchRelay:
    """`seconds` 0: until it is switched off."""

    relay: str
    on: bool
    seconds: float = 0.0


@frozen
class GoToPreset:
    telemetry: str
    preset: str


Action = RaiseAlarm | ExtendAlarm | EndAlarm | Record | SwitchRelay | GoToPreset


class Engine:
    """Remembers which detectors are active; every method returns what is to be done."""

    def __init__(self) -> None:
        self._active: dict[str, dict[str, str]] = {}  # camera: detector: kind
        self._alarming: dict[str, set[str]] = {}  # camera: detectors that hold its alarm
        self._recording: dict[str, set[str]] = {}  # camera: detectors that hold its recording
        self._ended_us: dict[str, int] = {}  # camera: when its last alarm ended
        self._relays: dict[str, set[str]] = {}  # relay: detectors that hold it on

    def trigger(self, event: Trigger, now: Conditions) -> list[Action]:
        if event.phase is Phase.END:
            return self._end(event.camera, event.detector, event.time_us)
        actions: list[Action] = []
        if now.records:
            recording = self._recording.setdefault(event.camera, set())
            if not recording:
                actions.append(Record(event.camera, True, event.time_us))
            recording.add(event.detector)
        self._active.setdefault(event.camera, {})[event.detector] = event.kind
        actions += self._respond(event)
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

    def forget(
        self, camera: str, time_us: int, keep: frozenset[str] = frozenset()
    ) -> list[Action]:
        """The camera's detectors were stopped, all but `keep`: whatever they saw has ended."""
        actions: list[Action] = []
        for detector in [one for one in self._active.get(camera, {}) if one not in keep]:
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
        recording = self._recording.get(camera, set())
        if detector in recording:
            recording.discard(detector)
            if not recording:
                del self._recording[camera]
                actions.append(Record(camera, False, time_us))
        return actions + self._let_go(detector)

    def _respond(self, event: Trigger) -> list[Action]:
        actions: list[Action] = []
        wanted = event.responses
        if wanted.relay:
            if not wanted.relay_s and event.phase is Phase.BEGIN:
                self._relays.setdefault(wanted.relay, set()).add(event.detector)
            if wanted.relay_s or event.phase is Phase.BEGIN:
                actions.append(SwitchRelay(wanted.relay, True, wanted.relay_s))
        if wanted.telemetry and wanted.preset:
            actions.append(GoToPreset(wanted.telemetry, wanted.preset))
        return actions

    def _let_go(self, detector: str) -> list[Action]:
        actions: list[Action] = []
        for relay, holders in list(self._relays.items()):
            if detector in holders:
                holders.discard(detector)
                if not holders:
                    del self._relays[relay]
                    actions.append(SwitchRelay(relay, False))
        return actions
