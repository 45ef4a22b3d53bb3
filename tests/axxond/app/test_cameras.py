"""What detectors see goes to whoever draws it, unless the governor says otherwise."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from axxond.app import cameras as module
from axxond.app.cameras import Cameras
from axxond.base.clock import SystemClock
from protocol.types import Box, ObjectKind, SeenObject

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


def _starting(kind: ObjectKind | None, hubs: dict[str, object]) -> Cameras:
    """Of a tree with one object "c", if any."""
    nothing = cast(Any, None)
    tree = SimpleNamespace(
        find=lambda id_: SimpleNamespace(kind=kind) if kind is not None and id_ == "c" else None
    )
    runtime = SimpleNamespace(hub=lambda camera, _role: hubs.get(camera))
    return Cameras(cast(Any, tree), cast(Any, runtime), nothing, nothing, nothing, SystemClock())


async def test_a_camera_that_is_being_started_is_waited_for() -> None:
    hubs: dict[str, object] = {}
    waiting = asyncio.ensure_future(_starting(ObjectKind.CAMERA, hubs).started("c"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    hubs["c"] = object()
    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("kind", [None, ObjectKind.DEVICE])
async def test_what_is_no_camera_is_not_waited_for(kind: ObjectKind | None) -> None:
    await asyncio.wait_for(_starting(kind, {}).started("c"), 5)


async def test_a_camera_that_does_not_start_is_waited_for_no_longer_than_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_START_US", 100_000)
    await asyncio.wait_for(_starting(ObjectKind.CAMERA, {}).started("c"), 5)
