"""The server's port onto stored metadata: detectors tried on what was recorded.

`run` and `stored` are called on the event loop; the work is done in a thread, one at a time.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from axxond.analytics.port import DetectorSettings
from axxond.app.metadata import Metadata
from axxond.archive.coverage import days_of
from axxond.base.clock import Clock
from axxond.base.errors import ConfigError
from axxond.base.tasks import in_thread
from axxond.base.units import DAY_US, HOUR_US
from axxond.config.objects import ConfigObject
from axxond.config.plan import checked_properties
from axxond.config.tree import ConfigTree
from axxond.server.ports import Trial
from axxond.trajectories.backtest import backtest, check
from axxond.trajectories.judging import Firing
from axxond.trajectories.tracks import Tracks, gather
from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import ObjectKind

# How much earlier blocks are read: who was there at the period's begin may have come before.
_LEAD_US = HOUR_US
_MAX_EXAMPLES = 20


class _CancelledError(Exception):
    pass


class Trials:
    """`ports.Trials`.  `ready`: whether the kernels are compiled."""

    def __init__(
        self, tree: ConfigTree, metadata: Metadata, ready: Callable[[], bool], clock: Clock
    ) -> None:
        self._tree = tree
        self._metadata = metadata
        self._ready = ready
        self._clock = clock
        self._turn = asyncio.Lock()  # each takes a core and some hundred MB for a moment

    async def run(self, order: m.BackTest, trial: Trial) -> m.BackTested:
        detector = self._checked(order)
        present = dict(detector.properties) if detector is not None else {}
        proposed = checked_properties(ObjectKind.DETECTOR, present | order.properties)
        drafts = [_settings("proposed", proposed)]
        if detector is not None:
            drafts.insert(0, _settings(detector.id, present))
        check(drafts[-1])
        if not self._ready():
            text = "the detectors are still being prepared: try again in a minute"
            raise ProtocolError(ErrorCode.UNAVAILABLE, text, order.camera)
        async with self._turn:
            await self._metadata.recorder.flush()
            try:
                return await in_thread(self._work, order, drafts, trial)
            except _CancelledError:
                text = "the back-test was cancelled"
                raise ProtocolError(ErrorCode.CANCELLED, text, order.camera) from None
            except OSError as error:
                text = f"reading the metadata failed: {error.strerror or error}"
                raise ProtocolError(ErrorCode.UNAVAILABLE, text, order.camera) from error

    async def stored(self) -> m.Metadata:
        recorder = self._metadata.recorder
        try:
            cameras = await in_thread(recorder.store.stored)
        except OSError as error:
            text = f"reading the metadata failed: {error.strerror or error}"
            raise ProtocolError(ErrorCode.UNAVAILABLE, text, "metadata") from error
        stats, limits = recorder.stats, recorder.store.limits
        return m.Metadata(
            [m.StoredCamera(*one) for one in cameras],
            stats.bytes,
            limits.max_bytes,
            limits.days,
            stats.points,
            stats.lost + recorder.missed,
            recorder.trouble,
        )

    def _checked(self, order: m.BackTest) -> ConfigObject | None:
        camera = self._tree.find(order.camera)
        if camera is None or camera.kind is not ObjectKind.CAMERA:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", order.camera)
        if not order.detector:
            return None
        detector = self._tree.find(order.detector)
        if detector is None or (detector.kind, detector.parent) != (
            ObjectKind.DETECTOR,
            order.camera,
        ):
            text = "the camera has no such detector"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, order.detector)
        return detector

    def _work(
        self, order: m.BackTest, drafts: list[DetectorSettings], trial: Trial
    ) -> m.BackTested:
        """In a thread.  Raises _CancelledError, OSError, TooMuchError."""
        store = self._metadata.recorder.store
        begin_us, end_us = order.begin_us, order.end_us
        blocks = store.blocks(order.camera, begin_us - _LEAD_US, end_us)
        tracks = gather(blocks, begin_us, end_us)
        first_us = store.first_us(order.camera)
        until_us = min(end_us, max(self._clock.now_us(), begin_us))
        since_us = min(max(begin_us, first_us if first_us is not None else until_us), until_us)
        period = since_us, until_us
        results = []
        for number, settings in enumerate(drafts):

            def progress(share: float, done: int = number) -> None:
                if trial.cancelled:
                    raise _CancelledError
                trial.share = (done + share) / len(drafts)

            progress(0.0)
            results.append(_result(settings, tracks, period, progress))
        present = results[0] if len(results) > 1 else None
        return m.BackTested(present, results[-1], *period, len(tracks), tracks.damaged)


def _settings(id_: str, properties: dict[str, Any]) -> DetectorSettings:
    return DetectorSettings(id_, properties["type"], properties)


def _result(
    settings: DetectorSettings,
    tracks: Tracks,
    period: tuple[int, int],
    progress: Callable[[float], None],
) -> m.TrialResult:
    try:
        firings = backtest(settings, tracks, period, progress)
    except ConfigError as error:
        return m.TrialResult(refused=str(error))
    begins = [one.begin_us for one in firings]
    days = [
        m.TrialDay(begin_us, bisect_left(begins, end_us) - bisect_left(begins, begin_us))
        for begin_us, end_us in days_of(*period)
    ]
    length_us = max(period[1] - period[0], 1)
    step = max(len(firings) / _MAX_EXAMPLES, 1.0)
    count = min(len(firings), _MAX_EXAMPLES)
    return m.TrialResult(
        len(firings),
        len(firings) * DAY_US / length_us,
        days,
        [_example(firings[int(at * step)]) for at in range(count)],
    )


def _example(firing: Firing) -> m.TrialEvent:
    return m.TrialEvent(firing.begin_us, firing.end_us, firing.direction, firing.box)
