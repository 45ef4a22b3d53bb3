"""What detectors see goes to whoever draws it, unless the governor says otherwise."""

from __future__ import annotations

from typing import Any, cast

from axxond.app.cameras import Cameras
from protocol.types import Box, SeenObject

THING = SeenObject(Box(0.1, 0.1, 0.2, 0.2), 7)


class Clock:
    def now_us(self) -> int:
        return 99

    def monotonic_us(self) -> int:
        return 0


def test_previews_that_give_way_take_away_what_is_drawn_and_come_back() -> None:
    nothing = cast(Any, None)
    cameras = Cameras(nothing, nothing, nothing, nothing, nothing, Clock())
    drawn: list[tuple[int, list[SeenObject]]] = []
    unlisten = cameras.listen_detections("c", lambda at_us, things: drawn.append((at_us, things)))
    cameras.seen("c", 1, [THING])
    cameras.preview(on=False)
    cameras.seen("c", 2, [THING])
    cameras.preview(on=False)
    assert drawn == [(1, [THING]), (99, [])]
    cameras.preview(on=True)
    cameras.seen("c", 3, [THING])
    cameras.seen("other", 4, [THING])
    assert drawn[2:] == [(3, [THING])]
    unlisten()
    cameras.seen("c", 5, [THING])
    assert len(drawn) == 3
