"""Stored metadata of one camera, and back-tests that find what they are told to find: as the
server's port, and in the fake server that clients talk to."""

from __future__ import annotations

import asyncio

from attrs import define, field

from axxond.base.errors import ConfigError
from axxond.server.ports import Trial
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    BackTest,
    BackTested,
    BackTestProgress,
    CancelBackTest,
    Done,
    GetMetadata,
    Metadata,
    StoredCamera,
    TrialDay,
    TrialEvent,
    TrialResult,
)
from protocol.types import Box, ObjectKind
from tests.fakes.objects import camera_of
from tests.fakes.session import Answer, Session
from tests.fakes.world import World

_DAY_US = 86_400_000_000


def result(begin_us: int, end_us: int, every_us: int) -> TrialResult:
    """An event of 5 s every so often."""
    times = range(begin_us, end_us, every_us)
    days = [
        TrialDay(day, len([time for time in times if day <= time < day + _DAY_US]))
        for day in range(begin_us, end_us, _DAY_US)
    ]
    events = [TrialEvent(time, time + 5_000_000, "", Box(0.2, 0.2, 0.1, 0.3)) for time in times]
    per_day = len(events) * _DAY_US / (end_us - begin_us)
    return TrialResult(len(events), per_day, days, events[:20])


def tested(order: BackTest) -> BackTested:
    """Every hour as it is, every two hours with other settings; `type` "motion" is refused."""
    if order.properties.get("type") == "motion":
        raise ConfigError("type: cannot be tried on stored metadata: motion", "proposed", "type")
    every_us = _DAY_US // 24
    present = result(order.begin_us, order.end_us, every_us) if order.detector else None
    proposed = result(order.begin_us, order.end_us, (1 + bool(order.properties)) * every_us)
    return BackTested(present, proposed, order.begin_us, order.end_us, 1234)


@define
class FakeTrials:
    """`ports.Trials`; `hold`: while it is set, they wait."""

    orders: list[BackTest] = field(factory=list)
    hold: bool = False

    async def run(self, order: BackTest, trial: Trial) -> BackTested:
        if order.camera != "cam1":
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", order.camera)
        self.orders.append(order)
        trial.share = 0.5
        while self.hold:
            if trial.cancelled:
                raise ProtocolError(ErrorCode.CANCELLED, "the back-test was cancelled")
            await asyncio.sleep(0.01)
        return tested(order)

    async def stored(self) -> Metadata:
        return Metadata([StoredCamera("cam1", 1, 2, 3)], 3, 10, 30, 1, 0)


class MetadataHandlers:
    """In the fake server: every camera has a month of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def back_test(self, session: Session, message: BackTest) -> Answer:
        camera_of(self._world, message.camera)
        known = self._world.objects.get(message.detector)
        if message.detector and (known is None or known.kind is not ObjectKind.DETECTOR):
            raise ProtocolError(ErrorCode.NOT_FOUND, "no such detector", message.detector)
        if message.ticket:
            session.connection.notify(BackTestProgress(message.ticket, 0.5))
        try:
            return tested(message)
        except ConfigError as error:
            raise ProtocolError(ErrorCode.INVALID, str(error), "proposed.type") from error

    def cancel(self, session: Session, message: CancelBackTest) -> Answer:
        return Done()

    def stored(self, session: Session, message: GetMetadata) -> Answer:
        now_us = self._world.now_us
        cameras = [
            StoredCamera(camera, now_us - 30 * _DAY_US, now_us, 20_000_000)
            for camera in self._world.cameras
        ]
        return Metadata(cameras, 20_000_000 * len(cameras), 10_000_000_000, 30, 100_000, 0)
