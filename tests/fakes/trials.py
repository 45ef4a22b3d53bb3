"""Detectors tried out at the fake server: they see the moving box of its pictures, and fire while
it is in the left half.  `preset` "moon" is refused."""

from __future__ import annotations

import numpy as np

from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import ChangePreview, Done, Opened, OpenPreview, PreviewNotice
from protocol.types import Box, Phase, PreviewMark, SeenObject
from tests.fakes import footage
from tests.fakes.objects import camera_of
from tests.fakes.session import Answer, Session, now_us
from tests.fakes.world import World

_FIRST = 20_000
_EVERY_US = 100_000
_ROWS, _COLUMNS = 45, 80


class Trials:
    """`tick` often."""

    def __init__(self, world: World) -> None:
        self.properties: dict[int, dict[str, object]] = {}  # by channel
        self._world = world
        self._sessions: dict[int, Session] = {}
        self._firing: dict[int, bool] = {}
        self._next = _FIRST
        self._sent_us = 0

    def open(self, session: Session, message: OpenPreview) -> Answer:
        camera_of(self._world, message.camera)
        _check(message.properties)
        self._next += 1
        self._sessions[self._next] = session
        self.properties[self._next] = message.properties
        return Opened(self._next)

    def change(self, session: Session, message: ChangePreview) -> Answer:
        _check(message.properties)
        self.properties[message.channel] = message.properties
        self._firing.pop(message.channel, None)
        return Done()

    def close(self, channel: int) -> bool:
        """False: it is none of these."""
        return self._sessions.pop(channel, None) is not None

    def gone(self, session: Session) -> None:
        self._sessions = {key: one for key, one in self._sessions.items() if one is not session}

    def tick(self) -> None:
        time_us = now_us()
        if time_us - self._sent_us < _EVERY_US:
            return
        self._sent_us = time_us
        index = time_us // footage.FRAME_US % footage.LOOP_FRAMES
        box = Box(*footage.box_at(index))
        for channel, session in self._sessions.items():
            session.connection.notify(self._notice(channel, time_us, box))

    def _notice(self, channel: int, time_us: int, box: Box) -> PreviewNotice:
        fires = box.x < 0.4
        marks = []
        if fires != self._firing.get(channel, False):
            marks = [PreviewMark(time_us, Phase.BEGIN if fires else Phase.END)]
            self._firing[channel] = fires
        cells = np.zeros((_ROWS, _COLUMNS), np.bool_)
        rows = slice(round(box.y * _ROWS), round((box.y + box.h) * _ROWS))
        cells[rows, round(box.x * _COLUMNS) : round((box.x + box.w) * _COLUMNS)] = True
        seen = [SeenObject(box, 1, fires)]
        packed = np.packbits(cells).tobytes()
        return PreviewNotice(channel, time_us, seen, _ROWS, _COLUMNS, packed, marks)


def _check(properties: dict[str, object]) -> None:
    if properties.get("preset") == "moon":
        raise ProtocolError(ErrorCode.INVALID, "must be one of indoor, street, custom", "preset")
