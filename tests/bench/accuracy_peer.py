"""A tracker as one builds it from OpenCV: MOG2, median, components, SORT.

SORT: Bewley et al., "Simple online and realtime tracking", 2016: a Kalman filter of constant speed
over centre, size and aspect; pairs by intersection over union (Kuhn-Munkres), at least 0.3; three
hits until a track counts.  Tracks live a second unseen (the original's one frame loses everyone
at every lamp post).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from attrs import define

from tests.bench.accuracy import Luma, Mixture
from tests.bench.accuracy_tracks import Rect, assigned, overlap

_LEAST_OVERLAP = 0.3
_LEAST_AREA = 150 / (768 * 576)  # of the picture
_HITS = 3
_LIVES_S = 1.0


@define
class _Track:
    id: int
    filter: Any
    hits: int = 1
    unseen: int = 0

    @property
    def rect(self) -> Rect:
        x, y, size, aspect = (float(value) for value in self.filter.statePost[:4, 0])
        width = max(size * aspect, 1.0) ** 0.5
        height = max(size, 1.0) / width
        return x - width / 2, y - height / 2, width, height


def _measured(rect: Rect) -> Any:
    x, y, w, h = rect
    return np.array([[x + w / 2], [y + h / 2], [w * h], [w / h]], np.float32)


def _filter(rect: Rect) -> Any:
    made = cv2.KalmanFilter(7, 4)
    made.transitionMatrix = np.eye(7, dtype=np.float32)
    for row in range(3):
        made.transitionMatrix[row, row + 4] = 1
    made.measurementMatrix = np.eye(4, 7, dtype=np.float32)
    made.measurementNoiseCov = np.diag([1, 1, 10, 10]).astype(np.float32)
    made.processNoiseCov = np.diag([1, 1, 1, 1, 0.01, 0.01, 0.0001]).astype(np.float32)
    made.errorCovPost = np.diag([10, 10, 10, 10, 1e4, 1e4, 1e4]).astype(np.float32)
    made.statePost = np.zeros((7, 1), np.float32)
    made.statePost[:4] = _measured(rect)
    return made


class Sort:
    def __init__(self, fps: float) -> None:
        self._lives_frames = _LIVES_S * fps
        self._mixture = Mixture("MOG2")
        self._tracks: list[_Track] = []
        self._next = 1

    def feed(self, luma: Luma) -> dict[int, Rect]:
        """Boxes by number, in pixels."""
        count, _, stats, _ = cv2.connectedComponentsWithStats(self._mixture(luma))
        seen: list[Rect] = [
            (float(x), float(y), float(w), float(h))
            for x, y, w, h, area in stats[1:count].tolist()
            if area >= _LEAST_AREA * luma.size
        ]
        for track in self._tracks:
            track.filter.statePost = track.filter.predict()
            track.unseen += 1
        gain = np.array([[overlap(t.rect, box) for box in seen] for t in self._tracks])
        gain = gain.reshape(len(self._tracks), len(seen))
        gain[gain < _LEAST_OVERLAP] = 0
        free = set(range(len(seen)))
        for row, column in assigned(gain):
            if gain[row, column] > 0:
                self._update(self._tracks[row], seen[column])
                free.discard(column)
        self._tracks = [track for track in self._tracks if track.unseen <= self._lives_frames]
        for column in sorted(free):
            self._tracks.append(_Track(self._next, _filter(seen[column])))
            self._next += 1
        return {t.id: t.rect for t in self._tracks if t.unseen == 0 and t.hits >= _HITS}

    @staticmethod
    def _update(track: _Track, rect: Rect) -> None:
        track.filter.correct(_measured(rect))
        track.hits += 1
        track.unseen = 0
