"""Who stays where for how long: published tracks, asked cell by cell.

Zones that somebody chose hold few long stays.  Here the picture is divided into 2 x 2, 3 x 3 and
4 x 4 cells, and every stay in one of them that is long enough counts, whoever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.accuracy_tracks import Frame, Rect

_DIVISIONS = (2, 3, 4)

Corners = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels"""


def cells(width: int, height: int) -> dict[str, Corners]:
    """By name."""
    return {
        f"{column + 1}/{row + 1} of {count}x{count}": (
            width * column / count,
            height * row / count,
            width * (column + 1) / count,
            height * (row + 1) / count,
        )
        for count in _DIVISIONS
        for column in range(count)
        for row in range(count)
    }


def dwells(truth: Sequence[Frame], cell: Corners, fps: float, longer_than_s: float) -> list[float]:
    """The seconds at which somebody came to a cell and then stayed for longer than that."""
    begins = []
    for frames in _seen(truth).values():
        for first, last in _stays(frames, cell):
            if (last - first) / fps > longer_than_s:
                begins.append(first / fps)
    return sorted(begins)


def _seen(truth: Sequence[Frame]) -> dict[int, dict[int, Rect]]:
    """Of each object, its boxes by number of the frame."""
    seen: dict[int, dict[int, Rect]] = {}
    for number, frame in enumerate(truth):
        for who, rect in frame.items():
            seen.setdefault(who, {})[number] = rect
    return seen


def _stays(frames: Mapping[int, Rect], cell: Corners) -> Iterator[tuple[int, int]]:
    """First and last frame of each time without a break that the foot is inside."""
    left, top, right, bottom = cell
    first = last = None
    for number, (x, y, w, h) in frames.items():
        inside = left <= x + w / 2 < right and top <= y + h < bottom
        if first is not None and last is not None and not (inside and number == last + 1):
            yield first, last
            first = None
        if inside:
            first, last = (number if first is None else first), number
    if first is not None and last is not None:
        yield first, last
