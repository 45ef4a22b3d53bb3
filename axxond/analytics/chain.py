"""All detectors of one stream, pure: frames and times in, events and what is seen out.

The same chain runs live (in a decoder's thread) and offline: what it finds depends on the frames
and their times alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from axxond.analytics import (
    abandoned_object,
    appearance_in_area,
    disappearance_in_area,
    line_crossing,
    loitering,
    motion,
    motion_in_area,
    multiple_objects,
    position_change,
    quality_loss,
    signal_loss,
    stop_in_area,
    tracking_settings,
)
from axxond.analytics.colours import Chroma
from axxond.analytics.foreground import Foreground, Scene
from axxond.analytics.objects import Tracked, TrackedObject
from axxond.analytics.plane import MIN_SIDE_PX, Bytes, Plane
from axxond.analytics.port import (
    Detector,
    DetectorEvent,
    DetectorSettings,
    make,
    needs_objects,
)
from axxond.analytics.tracker import Tracker, TrackerSettings
from axxond.base.units import SECOND_US
from protocol.types import Phase, SeenObject

MAX_ANALYSED_FPS = 10
KINDS = (
    motion.KIND,
    motion_in_area.KIND,
    stop_in_area.KIND,
    line_crossing.KIND,
    appearance_in_area.KIND,
    disappearance_in_area.KIND,
    abandoned_object.KIND,
    loitering.KIND,
    multiple_objects.KIND,
    position_change.KIND,
    quality_loss.KIND,
    signal_loss.KIND,
    tracking_settings.KIND,
)
WITH_OBJECTS = frozenset(kind for kind in KINDS if needs_objects(kind))
"""Those that read what the tracker follows."""
_INTERVAL_US = SECOND_US // MAX_ANALYSED_FPS
# Cameras' clocks jitter: a frame that is so large a part of the interval early is the one meant.
_JITTER_PART = 5
# A silence that long, or a step that far back, is an interruption even if nobody said so.
_MAX_PAUSE_US = 10 * SECOND_US
# Smaller steps back are pictures out of order (cameras and files with B-frames lie about it):
# such a picture is passed over.
_MAX_STEP_BACK_US = SECOND_US
# An instant's object is shown as firing for so long.
_SHOWN_US = SECOND_US
_FOR_EVER_US = 1 << 62


@frozen
class Findings:
    """What one frame (or an interruption) brought.  `seen`: None = as before, nothing to draw
    anew.  `tracked`: where there are tracked objects, or were in the frame before."""

    time_us: int
    events: tuple[DetectorEvent, ...] = ()
    seen: tuple[SeenObject, ...] | None = None
    tracked: Tracked | None = None


class Chain:
    """`frame` and `gap` are called by one thread at a time, in the order of the stream.

    May be set between two frames: `interval_us` of the frames that are analysed;
    `blind_until_us`: frames of before are not looked at, for the camera turns by command.  Events
    end with the first of them, and the scene is learnt anew after the last.
    """

    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        """ConfigError when a detector's settings are wrong."""
        self._settings = tuple(detectors)
        self._detectors: list[Detector] = []
        self._foreground: Foreground | None = None
        self._tracker: Tracker | None = None
        self._tracked_by: TrackerSettings | None = None
        self._next_id = 1
        self.scene: Scene | None = None  # of the newest analysed frame; see Scene on its planes
        self.last_us: int | None = None  # of the newest frame that was analysed
        self.interval_us = _INTERVAL_US
        self.blind_until_us = 0
        self._due_us = 0
        self._seen: tuple[SeenObject, ...] = ()
        self._firing: dict[int, int] = {}  # object id: until when it is shown as firing
        self._followed = False  # there were objects in the frame before
        self._cut = False
        self._coming: tuple[DetectorSettings, ...] | None = None
        self._signals = _signals_of(self._settings)

    def change(self, detectors: Sequence[DetectorSettings]) -> None:
        """Other detectors from the next frame on: events that are going on end, what was learnt
        of the scene stays.  ConfigError, and nothing changes, when a detector's
        settings are wrong."""
        coming = tuple(detectors)
        _signals_of(coming)
        self._coming = coming

    def frame(self, luma: Bytes, time_us: int, chroma: Chroma | None = None) -> Findings | None:
        """One decoded frame (as `Foreground.feed` wants it); None when it was not analysed or
        brought nothing new."""
        ended = self._changed(time_us)
        if time_us < self.blind_until_us:
            return self._look_away(time_us, ended)
        interval_us = self.interval_us
        if self._jumps(time_us, luma):
            lost_us = min(time_us, (self.last_us or 0) + interval_us)
            ended += self._interrupt(lost_us)
            if time_us > lost_us:
                ended += tuple(event for one in self._signals for event in one.lost(lost_us))
        elif self.last_us is not None and time_us < self._due_us - interval_us // _JITTER_PART:
            return None
        self._due_us = max(self._due_us, time_us - interval_us // 2) + interval_us
        self.last_us = time_us
        ended += tuple(event for one in self._signals for event in one.found(time_us))
        if self._foreground is None:
            self._begin(luma.shape[1], luma.shape[0])
        if self._foreground is None:
            return self._findings(time_us, ended)
        scene = self._with_objects(self._foreground.feed(luma, time_us, chroma))
        self.scene = scene
        events = [event for detector in self._detectors for event in detector.feed(scene)]
        return self._findings(time_us, (*ended, *events))

    def _look_away(self, time_us: int, ended: tuple[DetectorEvent, ...]) -> Findings | None:
        """The stream itself is still watched."""
        ended += self._interrupt(time_us)
        ended += tuple(event for one in self._signals for event in one.found(time_us))
        return self._findings(time_us, ended)

    @property
    def objects(self) -> tuple[TrackedObject, ...]:
        """Of the newest analysed frame; empty when no detector needs the tracker."""
        return self.scene.objects if self.scene is not None else ()

    def _with_objects(self, scene: Scene) -> Scene:
        if self._tracker is None or self._foreground is None:
            return scene
        objects = self._tracker.feed(scene)
        for hole in self._tracker.holes:
            self._foreground.absorb(scene, hole)
        return scene._replace(objects=objects)

    def gap(self, time_us: int) -> Findings | None:
        """The stream was interrupted: events end, the scene is learnt anew."""
        ended = (*self._changed(time_us), *self._interrupt(time_us))
        lost = (event for one in self._signals for event in one.lost(time_us))
        return self._findings(time_us, (*ended, *lost))

    def close(self, time_us: int) -> Findings | None:
        """Nobody looks any more: all events end."""
        ended = self._interrupt(time_us)
        found = (event for one in self._signals for event in one.found(time_us))
        return self._findings(time_us, (*ended, *found))

    def _jumps(self, time_us: int, luma: Bytes) -> bool:
        if self.last_us is None:
            return False
        if not -_MAX_STEP_BACK_US < time_us - self.last_us <= _MAX_PAUSE_US:
            return True
        foreground = self._foreground
        return foreground is not None and luma.shape != (
            foreground.plane.full_height,
            foreground.plane.full_width,
        )

    def _begin(self, width: int, height: int) -> None:
        if min(width, height) < MIN_SIDE_PX:
            return
        plane = Plane.of(width, height)
        self._foreground = Foreground(plane, self._tracker_settings().antishaker)
        self._equip(plane)

    def _changed(self, time_us: int) -> tuple[DetectorEvent, ...]:
        """Take the detectors that were given meanwhile, if any; the old ones' events end."""
        if self._coming is None:
            return ()
        ended = [event for one in self._detectors for event in one.interrupt(time_us)]
        ended += [event for one in self._signals for event in one.found(time_us)]
        self._settings, self._coming = self._coming, None
        self._signals = _signals_of(self._settings)
        if self._foreground is not None:
            self._equip(self._foreground.plane)
        return tuple(ended)

    def _tracker_settings(self) -> TrackerSettings:
        kind = tracking_settings.KIND
        given = [one.properties for one in self._settings if one.kind == kind]
        return tracking_settings.tracker_settings(given[0] if given else {})

    def _equip(self, plane: Plane) -> None:
        self._detectors = [make(settings, plane) for settings in self._settings]
        if not any(needs_objects(settings.kind) for settings in self._settings):
            self._keep_count()
            self._tracker = None
            return
        wanted = self._tracker_settings()
        if self._tracker is None or self._tracked_by != wanted:
            self._keep_count()
            self._tracked_by = wanted
            self._tracker = Tracker(plane, wanted, self._next_id)

    def _interrupt(self, time_us: int) -> tuple[DetectorEvent, ...]:
        ended = tuple(
            event for detector in self._detectors for event in detector.interrupt(time_us)
        )
        self._keep_count()
        self._foreground = None
        self._tracker = None
        self.scene = None
        self._detectors = []
        self.last_us = None
        self._due_us = 0
        return ended

    def _keep_count(self) -> None:
        """The next tracker's objects get new ids; this one's are followed no longer."""
        if self._tracker is not None:
            self._next_id = self._tracker.next_id
        self._cut = self._cut or self._followed

    def _findings(self, time_us: int, events: tuple[DetectorEvent, ...]) -> Findings | None:
        self._note_firing(events)
        seen = self._look(time_us)
        changed = bool(seen) or seen != self._seen
        self._seen = seen
        tracked = self._tracked(time_us)
        if not events and not changed and tracked is None:
            return None
        return Findings(time_us, events, seen if changed else None, tracked)

    def _tracked(self, time_us: int) -> Tracked | None:
        objects, followed, cut = self.objects, self._followed, self._cut
        self._followed, self._cut = bool(objects), False
        return Tracked(time_us, objects, cut) if objects or followed or cut else None

    def _look(self, time_us: int) -> tuple[SeenObject, ...]:
        """Without a tracker, boxes are what a detector fires at."""
        if self._tracker is None:
            boxes = (box for detector in self._detectors for box in detector.boxes)
            return tuple(SeenObject(box, 0, True) for box in boxes)
        return tuple(
            SeenObject(one.box, one.id, self._firing.get(one.id, 0) > time_us)
            for one in self.objects
            if not one.hidden and (one.moved or one.id in self._firing)
        )

    def _note_firing(self, events: tuple[DetectorEvent, ...]) -> None:
        for event in events:
            if event.object_id is None:
                continue
            if event.phase is Phase.BEGIN:
                self._firing[event.object_id] = _FOR_EVER_US
            else:
                self._firing[event.object_id] = event.time_us + _SHOWN_US
        if self._firing:
            known = {one.id for one in self.objects}
            self._firing = {key: us for key, us in self._firing.items() if key in known}


def _signals_of(detectors: Sequence[DetectorSettings]) -> list[signal_loss.SignalLoss]:
    """Those that watch the stream itself.  ConfigError when any detector's settings are wrong."""
    probe = Plane.of(640, 360)
    made = [make(settings, probe) for settings in detectors]
    return [one for one in made if isinstance(one, signal_loss.SignalLoss)]
