"""The tracker of one stream: blobs to objects that keep their number.

Each frame: every track is predicted (constant speed); tracks and blobs are paired at the least
cost; a track without a blob of its own that lies in another's shares that blob (two who pass each
other), where `crowd` finds each of them; pieces of one thing are put together; the rest begin new
tracks.  A track becomes an object when it has moved; what appeared and stays where it is is told
as `moved=False`, unless it is the hole that something left (`holes`).

Pure: its result is a function of the scenes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter

from attrs import frozen

from axxond.analytics import crowd
from axxond.analytics.calm import is_calm
from axxond.analytics.doubles import body_of, double_of, is_new_part, was_there_before
from axxond.analytics.foreground import Blobs, Scene
from axxond.analytics.holes import is_hole
from axxond.analytics.matching import Area, Pattern, pairs
from axxond.analytics.objects import TrackedObject
from axxond.analytics.parting import parted
from axxond.analytics.pieces import PIECE, is_upright, with_pieces
from axxond.analytics.plane import Plane
from axxond.analytics.swaying import is_swaying
from axxond.analytics.track import GROWN_UP_US, Track, seconds
from axxond.base.units import SECOND_US
from protocol.types import Box

MAX_TRACKS = 128
AUTO = 50
"""the sensitivity meant by "auto": the noise that the background model measures does the rest"""

_LEAST_STRENGTH = 8.0  # grey levels, at sensitivity 100
_STRENGTH_A_STEP = 0.2
_LEAST_SHARE = 0.6  # of the least box that must be foreground

_HIDDEN_US = 2 * SECOND_US
_HIDDEN_AT_EDGE_US = SECOND_US // 5
_TENTATIVE_US = 3 * SECOND_US // 10
_CONFIRM_FRAMES = 4
_CONFIRM_US = SECOND_US // 4
_LEAST_TRAVEL = 0.5  # of its smaller side
_LEAST_TRAVEL_PX = 3.0
_STRAIGHT = 0.6  # of all its way
_SWAYING_TRAVEL = 4.0  # times as much is wanted of what looks as leaves and branches do
_WAY_US = 3 * SECOND_US // 2

_EDGE_PX = 3.0  # that near to the picture's edge
_SHARED = 0.4  # of an expected box that must lie in a blob for it to be in there
# So long people are parted by stairs: later, how they look tells better where in a blob they are.
_FRESH_US = 4 * SECOND_US
_PARTING_US = SECOND_US // 2  # two who walk close together look like two so often, at the least
_CROWD_WIDTH, _CROWD_HEIGHT = 1.5, 1.35  # of the thing's size: there is more than it in the blob
_CROWD_US = 3 * SECOND_US // 2  # but a thing that stays larger has grown

_SUNK = 0.75  # of its box: so little of it is still foreground
_PART = 0.75  # of its height or width: less is a part of it
_PART_US = 3 * SECOND_US // 2  # but a thing that stays smaller has shrunk

_PATTERN_US = SECOND_US // 2
_REACH_PX = 4
_STILL_REACH_PX = 1
_STIFF = 6  # sixteenths of a grey level a pixel
_ALIKE = 8.0  # grey levels
_LOST_ALIKE = 22.0
_DOUBT = 2.0
_STILL_US = SECOND_US
_SETTLED_US = 3 * SECOND_US
_STARTING_SIZE = 1.5  # of who stood and starts to walk
_COVERED_SIZE = 1.33  # of a thing that was left, with what passes before it
_JUDGE_US = 3 * SECOND_US // 2
_DOUBLE_US = SECOND_US
_SPLIT_SIZE = 0.3  # of the other part
_SPLIT_US = 2 * SECOND_US  # that long it has not stood still


@frozen
class TrackerSettings:
    """sensitivity [1; 100].  min_size, max_size: of an object's box, in % of the frame.
    idle_us: how long an object that stands still stays known when it is not seen any more.
    antishaker: the picture is steadied (by `Foreground`)."""

    sensitivity: int = AUTO
    min_size: float = 0.12
    max_size: float = 80.0
    idle_us: int = 60 * SECOND_US
    antishaker: bool = True

    @property
    def least_strength(self) -> float:
        return _LEAST_STRENGTH + (100 - self.sensitivity) * _STRENGTH_A_STEP


class Tracker:
    """`holes`: where the newest frame's foreground is only what something left."""

    def __init__(self, plane: Plane, settings: TrackerSettings, first_id: int = 1) -> None:
        self.holes: list[Area] = []
        self.next_id = first_id
        self._plane = plane
        self._blobs = Blobs(plane)
        self._settings = settings
        self._tracks: list[Track] = []
        self._last_us: int | None = None

    def feed(self, scene: Scene) -> tuple[TrackedObject, ...]:
        """The objects of the frame, by number; times rise."""
        now_us = scene.time_us
        step_us = now_us - self._last_us if self._last_us is not None else 0
        self._last_us = now_us
        self.holes = []
        last_us, step_s = now_us - step_us, seconds(step_us)
        for track in self._tracks:
            if track.moved:
                track.before, track.before_us = track.foot, last_us
            track.was = track.blob if track.seen_us == last_us else track.area
            if track.entering and not self._is_at_edge(track.area):
                # Who comes in grows; nobody knows whether it stood meanwhile.
                track.entering, track.still_us = False, now_us
            if now_us - track.still_us >= _STILL_US and not track.entering:
                track.rested_us = now_us
            track.predict(step_s, track.seen_us < last_us)
        blobs = self._find(scene)
        self._match(scene, blobs)
        self._judge(scene)
        self._tracks = [track for track in self._tracks if self._lives(track, now_us)]
        self._drop_doubles(now_us, step_us)
        return tuple(
            [self._told(one, now_us) for one in self._tracks if one.moved or one.judged_us > 0]
        )

    def _find(self, scene: Scene) -> list[Area]:
        if not scene.settled:
            return []
        settings = self._settings
        pixels = self._plane.width * self._plane.height
        least, most = settings.min_size / 100 * pixels, settings.max_size / 100 * pixels
        least_strength = settings.least_strength
        now_us = scene.time_us
        known = self._known_long(now_us)
        found = []
        for row in self._blobs.rows(scene, settings.min_size / 100 * _LEAST_SHARE):
            left, top, right, bottom, area, strength, _moving = row
            box = Area(left, top, right, bottom)
            if strength >= least_strength * area and least <= box.size <= most:
                # Of those who are in the picture as a whole, and new to it.
                stairs = not self._is_at_edge(box) and not _holds_any(box, known)
                parts = parted(scene.mask, box, stairs)
                found += parts if len(parts) == 1 or self._is_several(box, now_us) else [box]
        return found

    def _is_several(self, blob: Area, now_us: int) -> bool:
        """Whether a blob that looks like several things is that: where one thing is known for a
        while, it must look so again within a moment, for a gap comes and goes with every step."""
        owners = [one for one in self._tracks if one.area.inside(blob) >= _SHARED]
        if len(owners) != 1 or now_us - owners[0].born_us < GROWN_UP_US:
            return True
        (owner,) = owners
        again = owner.parting_us >= min(now_us - _PARTING_US, owner.seen_us)
        owner.parting_us = now_us
        return again

    def _known_long(self, now_us: int) -> list[Area]:
        return [track.area for track in self._tracks if now_us - track.born_us >= _FRESH_US]

    def _match(self, scene: Scene, blobs: list[Area]) -> None:
        tracks = self._tracks
        expected = [track.area for track in tracks]
        owners: dict[int, list[Track]] = {}
        matched: dict[int, int] = {}
        settled = [_has_settled(track, scene.time_us) for track in tracks]
        most = [_most(track, rests) for track, rests in zip(tracks, settled, strict=True)]
        covering: set[int] = set()  # a thing that was left: no things of their own
        for row, column in pairs(expected, blobs, most):
            left_there = settled[row] and not tracks[row].moved
            if left_there and blobs[column].size > _COVERED_SIZE * expected[row].size:
                covering.add(column)
                continue
            matched[row] = column
            owners.setdefault(column, []).append(tracks[row])
        lonely: list[Track] = []
        for row, track in enumerate(tracks):
            if row in matched:
                continue
            inside = [expected[row].inside(blob) for blob in blobs]
            share = max(inside, default=0.0)
            group = owners.get(inside.index(share), ()) if share >= _SHARED else ()
            track.gone = is_new_part(track, group, scene.time_us)
            if track.gone:
                continue
            if track.moved and not settled[row] and share >= _SHARED:
                owners.setdefault(inside.index(share), []).append(track)
            else:
                if share >= _SHARED:
                    track.covered_us = scene.time_us
                lonely.append(track)
        areas = with_pieces(scene, blobs, owners)
        for column, group in owners.items():
            self._see(scene, areas[column], group)
        for track in lonely:
            self._remember(scene, track)
        known = owners.keys() | covering
        self._begin(scene, [blob for column, blob in enumerate(areas) if column not in known])

    def _see(self, scene: Scene, blob: Area, group: list[Track]) -> None:
        now_us = scene.time_us
        for track in group:
            track.blob = blob
        if len(group) == 1 and not self._is_crowd(group[0], blob, now_us):
            (track,) = group
            if self._is_sinking(track, blob, now_us):
                if self._seek(scene, track, _STILL_REACH_PX, _ALIKE):
                    track.shown_us = now_us
                    return
                left_there = _has_settled(track, now_us) and not track.moved
                if left_there and now_us - track.whole_us < _PART_US:
                    track.covered_us = now_us
                    return
            track.dye(scene.colours.mean(blob, scene.mask, scene.raw))
            if now_us - track.pattern_us >= _PATTERN_US or track.pattern is None:
                track.pattern = Pattern.of(blob, scene.luma, scene.mask) or track.pattern
                track.pattern_us = now_us
            blob = self._completed(track, blob, now_us)
            track.resize(blob)
            track.see(blob.x, blob.bottom, now_us, blob=blob)
            track.shown_us = now_us
            return
        if len(group) > 1:
            crowd.share_out(scene, blob, group)
        else:
            self._seek(scene, group[0], _REACH_PX, _LOST_ALIKE)
            crowd.keep_in(group[0], blob)
        for track in group:
            track.shown_us = track.seen_us = track.whole_us = now_us

    @staticmethod
    def _is_sinking(track: Track, blob: Area, now_us: int) -> bool:
        """It stands still and becomes background, part by part.  Not where only its box is too
        large: it had been seen with something else."""
        still = now_us - track.still_us >= _STILL_US
        known = track.pattern.size if track.pattern is not None else 0.0
        return still and blob.size < _SUNK * min(known, track.area.size)

    def _is_crowd(self, track: Track, blob: Area, now_us: int) -> bool:
        larger = (
            blob.width > _CROWD_WIDTH * track.width + 2
            or blob.height > _CROWD_HEIGHT * track.height + 2
        )
        young = now_us - track.born_us < GROWN_UP_US
        if not larger or young or self._is_at_edge(track.area) or self._is_at_edge(blob):
            track.crowded_us = now_us
            return False
        return now_us - track.crowded_us < _CROWD_US

    def _completed(self, track: Track, blob: Area, now_us: int) -> Area:
        """The whole of a thing of which only a part is seen, above or below what stands before
        it: the edges that are seen are where they were expected."""
        known = track.area
        known_well = track.moved and now_us - track.born_us >= GROWN_UP_US
        whole = blob.height >= _PART * known.height
        if whole or not known_well or self._is_at_edge(known):
            track.whole_us = now_us
            return blob
        if now_us - track.whole_us >= _PART_US:
            return blob
        top, bottom = _whole(blob.top, blob.bottom, known.top, known.bottom)
        if blob.width >= _PART * known.width:
            return Area(blob.left, top, blob.right, bottom)
        left, right = _whole(blob.left, blob.right, known.left, known.right)
        return Area(left, top, right, bottom)

    def _seek(self, scene: Scene, track: Track, reach: int, alike: float) -> bool:
        """Whether it was found by how it looks."""
        if track.pattern is None:
            return False
        x, bottom = track.foot
        right, down, score = track.pattern.seek(scene.luma, x, bottom, reach, _STIFF)
        if score > alike:
            return False
        track.see(x + right, bottom + down, scene.time_us, _DOUBT)
        return True

    def _remember(self, scene: Scene, track: Track) -> None:
        """Not in the foreground: what stands still may have become background."""
        now_us = scene.time_us
        still = now_us - track.still_us >= _STILL_US
        known = now_us - track.shown_us < self._settings.idle_us
        if still and known:
            self._seek(scene, track, _STILL_REACH_PX, _ALIKE)
            track.stop()

    def _begin(self, scene: Scene, blobs: Iterable[Area]) -> None:
        for blob in blobs:
            taken = any(blob.inside(track.area) >= PIECE for track in self._tracks)
            if blob.size <= 0 or taken or len(self._tracks) >= MAX_TRACKS:
                continue
            track = Track.begin(self.next_id, blob, scene.time_us)
            track.entering = self._is_at_edge(blob)
            track.moved = track.lent = self._is_split(scene, blob)
            track.pattern = Pattern.of(blob, scene.luma, scene.mask)
            self.next_id += 1
            self._tracks.append(track)

    def _is_split(self, scene: Scene, blob: Area) -> bool:
        """Whether it was in one blob with something that moves, until now: they came together.
        A small part is a thing that is left; what stays where something stood may be its hole."""
        now_us = scene.time_us
        for other in self._tracks:
            if not other.moved or other.seen_us != now_us or blob.inside(other.was) < PIECE:
                continue
            walked = now_us - max(other.rested_us, other.born_us) >= _SPLIT_US
            if walked and blob.size >= _SPLIT_SIZE * other.area.size:
                return True
            if is_upright(blob, other.blob.height) and not is_hole(scene, blob):
                return True
        return False

    def _judge(self, scene: Scene) -> None:
        """Confirm what has moved; find out what the still ones are."""
        now_us = scene.time_us
        for track in self._tracks:
            if track.lent or not track.moved:
                self._watch_way(scene, track)
            shown = track.shown_us == now_us and scene.settled
            if shown and now_us - max(track.still_us, track.judged_us) >= _JUDGE_US:
                if not is_calm(scene, track.area):
                    continue  # someone who stands, or a bush
                track.judged_us = now_us
                track.anchor = track.area  # what hid a part of it while it came has gone
                if is_hole(scene, track.area):
                    self._leave_hole(track)

    def _watch_way(self, scene: Scene, track: Track) -> None:
        """It is an object when it is seen to go somewhere: leaves and reflections go back and
        forth."""
        now_us = scene.time_us
        least = max(_LEAST_TRAVEL * min(track.width, track.height), _LEAST_TRAVEL_PX)
        entering = self._is_at_edge(track.area) or self._is_at_edge(track.start)
        below = self._plane.height - _EDGE_PX
        footless = max(track.area.bottom, track.start.bottom) > below
        way = track.shifted(footless) if entering else track.travelled()
        seen = track.seen_us == now_us and now_us - track.born_us >= _CONFIRM_US
        sure = seen and track.frames >= _CONFIRM_FRAMES
        if (
            sure
            and way >= max(least, _STRAIGHT * track.way_px)
            and (way >= _SWAYING_TRAVEL * least or not self._sways(scene, track.area))
        ):
            if track.rested_us > track.born_us:
                # A trace that somebody left, and that is the next one's now.
                track.born_us = track.start_us
            track.moved, track.lent = True, False
        elif now_us - track.start_us >= _WAY_US:
            track.begin_anew(now_us)

    def _sways(self, scene: Scene, area: Area) -> bool:
        pixels = self._plane.width * self._plane.height
        return is_swaying(scene, area, self._settings.min_size / 100 * _LEAST_SHARE * pixels)

    def _leave_hole(self, track: Track) -> None:
        """The thing itself went on as a newer track, which takes over who it was."""
        self.holes.append(track.area)
        track.gone = True
        heirs = [
            other
            for other in self._tracks
            if not other.gone and other.born_us >= track.still_us
            and abs(other.start.x - track.x.at) <= 1.5 * track.height
            and abs(other.start.bottom - track.bottom.at) <= 1.5 * track.height
        ]  # fmt: skip
        if track.moved and heirs:
            heir = max(heirs, key=lambda other: other.frames)
            heir.id, heir.born_us = track.id, track.born_us
            heir.moved, heir.lent = True, False

    def _lives(self, track: Track, now_us: int) -> bool:
        hidden_us = now_us - track.seen_us
        if track.gone:
            return False
        if _has_settled(track, now_us) and now_us - track.covered_us <= _HIDDEN_US:
            return hidden_us <= self._settings.idle_us
        if not track.moved:
            still = now_us - track.still_us >= _STILL_US
            return hidden_us <= (_HIDDEN_US if still else _TENTATIVE_US)
        area = track.area
        if not self._is_inside(area):
            return False
        return hidden_us <= (_HIDDEN_AT_EDGE_US if self._is_at_edge(area) else _HIDDEN_US)

    def _is_inside(self, area: Area) -> bool:
        return 0 <= area.x <= self._plane.width and 0 <= area.y <= self._plane.height

    def _is_at_edge(self, area: Area) -> bool:
        left, top, right, bottom = area
        plane = self._plane
        inside = left >= _EDGE_PX and right <= plane.width - _EDGE_PX
        return not (inside and top >= _EDGE_PX and bottom <= plane.height - _EDGE_PX)

    def _drop_doubles(self, now_us: int, step_us: int) -> None:
        """Two that have been in one place for long are one, with the older one's past; so are a
        body and its legs."""
        kept: list[Track] = []
        for track in sorted(self._tracks, key=_rank):
            area = track.area
            double = double_of(area, kept)
            body = None if double else body_of(track, kept, now_us)
            settled = not track.moved or _has_settled(track, now_us)
            covered = settled and track.covered_us == now_us
            one = body or (None if covered else double)
            track.double_us = track.double_us + step_us if one else 0
            if one is None or track.double_us < _DOUBLE_US:
                kept.append(track)
                continue
            if body is not None:
                body.grow(track)
            if was_there_before(track, one):
                one.id, one.born_us = track.id, track.born_us
        self._tracks = sorted(kept, key=attrgetter("id"))

    def _told(self, track: Track, now_us: int) -> TrackedObject:
        width, height = self._plane.width, self._plane.height
        left, top, right, bottom = track.area
        left, top = left if left > 0 else 0.0, top if top > 0 else 0.0
        right, bottom = right if right < width else width, bottom if bottom < height else height
        foot, before, x, y = track.foot, track.before, track.x, track.bottom
        return TrackedObject(
            track.id,
            Box(left / width, top / height, (right - left) / width, (bottom - top) / height),
            (foot[0] / width, foot[1] / height),
            (before[0] / width, before[1] / height),
            (x.speed / width, y.speed / height),
            track.born_us,
            track.still_us,
            track.seen_us,
            track.before_us,
            hidden=track.seen_us < now_us,
            moved=track.moved,
            colour=track.rgb,
        )


def _holds_any(blob: Area, things: Iterable[Area]) -> bool:
    for one in things:  # noqa: SIM110 - several times as fast as a generator
        if one.inside(blob) >= _SHARED:
            return True
    return False


def _rank(track: Track) -> tuple[bool, float, int]:
    """What has moved first, then what is large, then what is old."""
    return not track.moved, -track.area.size, track.id


def _most(track: Track, settled: bool) -> float:
    """How large, in its own sizes, a blob that moves on from its place may be and yet be it."""
    if not settled:
        return math.inf
    return _STARTING_SIZE if track.moved else 0.0


def _has_settled(track: Track, now_us: int) -> bool:
    """A thing that was left, with the number of who left it or with its own: what passes before
    it does not take it along."""
    return track.judged_us > 0 and now_us - track.still_us >= (
        _SETTLED_US if track.moved else _STILL_US
    )


def _whole(
    first: float, last: float, known_first: float, known_last: float
) -> tuple[float, float]:
    """Of what was expected to reach so far: the edge nearer to where it was expected is seen."""
    size = known_last - known_first
    if abs(first - known_first) < abs(last - known_last):
        return first, first + size
    return last - size, last
