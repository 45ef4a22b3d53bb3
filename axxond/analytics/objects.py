"""What the tracker knows of one object; what all situation detectors read."""

from __future__ import annotations

import math
from typing import NamedTuple

from attrs import frozen

from protocol.types import Box

Place = tuple[float, float]
Colour = tuple[int, int, int]
"""red, green, blue, each [0; 255]"""


class TrackedObject(NamedTuple):
    """One object in one frame.  Shares of the frame, times in UTC microseconds.

    `foot`: where it stands (the middle of its lower edge), smoothed; `before`: the same at
    `before_us`, in the frame before (where it began, when it is told for the first time).
    `speed`: shares of the frame (of its width and height) a second.  `still_us`: since when it
    has not left its place (it has moved since then by no more than a jitter).  `seen_us`: when it
    was seen last.  `hidden`: it is not seen now, only supposed to be there.  `moved`: it has moved
    at some time; False: something that appeared at its place and has been still since.
    `colour`: the mean inside its contour; None where the stream has no chroma.
    """

    id: int
    box: Box
    foot: Place
    before: Place
    speed: Place
    born_us: int
    still_us: int
    seen_us: int
    before_us: int
    hidden: bool = False
    moved: bool = True
    colour: Colour | None = None

    @property
    def pace(self) -> float:
        """Per cent of the frame a second."""
        return 100 * math.hypot(*self.speed)


@frozen
class Tracked:
    """One frame's objects, hidden and unmoved ones too: what is stored of them.  `cut`: those of
    the frames before are not followed any more (an interruption), rather than lost."""

    time_us: int
    objects: tuple[TrackedObject, ...]
    cut: bool = False
