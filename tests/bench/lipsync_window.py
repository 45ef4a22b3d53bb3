"""The client's side of the benchmark `lipsync`: `python -m tests.bench.lipsync_window ORDERS`
(a JSON file, `lipsync.Orders`); says one JSON line: moments (monotonic) of flashes and beeps."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field
from PyQt5.QtTest import QTest

from axxon_client.app import make_application
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import TrustStore, accept_all
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.gate import Gate
from axxon_client.video.pool import DecodePool
from axxon_client.video.soundqueue import RATE, Samples
from axxon_client.video.surface import Surface, make_surface
from protocol.types import StreamRole
from tests.bench.lipsync import Orders

_SIZE = (640, 360)
_BRIGHT = 128
_LOUD = 2_000
_WAIT_S = 30.0


@define
class Ear:
    """What the sound card takes; it plays from its first call on, without a pause."""

    heard_us: list[int] = field(factory=list)
    _first_us: int | None = None
    _frames: int = 0
    _is_loud: bool = False
    _quiet: int = 0

    def take(self, samples: Samples) -> None:
        now_us = _mono_us()
        if self._first_us is None:
            self._first_us = now_us
        for place in np.flatnonzero(np.abs(samples[:, 0]) > _LOUD):
            at = self._frames + int(place)
            if at - self._quiet > RATE // 2:  # half a second after the last loud one
                self.heard_us.append(self._first_us + at * 1_000_000 // RATE)
            self._quiet = at
        self._frames += len(samples)


@define
class Eye:
    """What the surface has painted."""

    surface: Surface
    behind: Callable[[int], int]
    seen_us: list[int] = field(factory=list)
    behind_us: list[int] = field(factory=list)
    _was_bright: bool = True

    def painted(self, pts_us: int) -> None:
        now_us = _mono_us()
        self.behind_us.append(self.behind(pts_us))
        picture = self.surface.picture
        assert picture is not None
        plane = picture.frame.planes[0]
        bright = np.frombuffer(memoryview(plane), np.uint8)[::997].mean() > _BRIGHT
        if bright and not self._was_bright:
            self.seen_us.append(now_us)
        self._was_bright = bool(bright)


def watch(orders: Orders, folder: Path) -> dict[str, Any]:
    pool = DecodePool()
    surface = make_surface(None, pool)
    surface.resize(*_SIZE)
    surface.show()
    network = NetworkThread()
    network.start()
    link = ServerLink("127.0.0.1", orders.port, TrustStore(folder / "trust.json", accept_all))
    network.run(link.open("admin", orders.password)).result(_WAIT_S)
    feeds = Feeds(network, link, pool)
    ear, eye = Ear(), Eye(surface, lambda pts_us: link.server_now_us() - pts_us)
    surface.painted.connect(eye.painted)
    _listen(feeds, ear)
    _play(feeds, orders, Gate(surface))
    network.run(link.close()).result(_WAIT_S)
    network.stop()
    return {
        "seen_us": eye.seen_us,
        "heard_us": ear.heard_us,
        "behind_us": statistics.median(eye.behind_us or [0]),
    }


def _listen(feeds: Feeds, ear: Ear) -> None:
    queue = feeds.audio.queue
    take = queue.take

    def watched(frames: int, heard_us: int) -> Samples:
        samples = take(frames, heard_us)
        ear.take(samples)
        return samples

    queue.take = watched  # type: ignore[method-assign]


def _play(feeds: Feeds, orders: Orders, gate: Gate) -> None:
    wait_ms = round(orders.seconds * 1000)
    if not orders.from_us:
        live = feeds.live(orders.camera, StreamRole.HIGH, audio=True, gate=gate)
        live.start()
        QTest.qWait(wait_ms)
        live.close()
    else:
        player = feeds.player(orders.from_us)
        source = feeds.playback(player, orders.camera, audio=True, gate=gate)
        source.start()
        player.play()
        QTest.qWait(wait_ms)
        source.close()
        player.close()
    feeds.close()


def _mono_us() -> int:
    return time.monotonic_ns() // 1000


def main() -> None:
    orders = Orders(**json.loads(Path(sys.argv[1]).read_text()))
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        found = watch(orders, Path(folder))
    print(json.dumps(found), flush=True)
    del application
    os._exit(0)  # Qt's own clean-up is not what is measured


if __name__ == "__main__":
    main()
