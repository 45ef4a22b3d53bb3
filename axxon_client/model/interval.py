"""Search by pictures: an interval in at most twelve pictures, each of which opens into twelve."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model.bridge import Failure, Requester
from axxon_client.model.words import US
from protocol.messages import GetPictures, Pictures
from protocol.types import PictureAt, VideoFormat

COUNT = 12
LEAST_SPAN_US = 2 * US  # key frames stand hardly closer


@frozen(eq=False)
class Shot:
    """A key frame, and the stretch [begin; end) up to the next one that it opens into."""

    time_us: int
    end_us: int
    format: VideoFormat
    payload: bytes

    @property
    def opens(self) -> bool:
        return self.end_us - self.time_us >= LEAST_SPAN_US


@frozen
class Level:
    begin_us: int
    end_us: int

    @property
    def span_us(self) -> int:
        return self.end_us - self.begin_us


def shots(pictures: Sequence[PictureAt], payload: bytes, end_us: int) -> list[Shot]:
    """Cut the payload; each shot ends where the next one begins, the last one at `end_us`."""
    found, offset = [], 0
    for number, picture in enumerate(pictures):
        data = payload[offset : offset + picture.bytes]
        offset += picture.bytes
        later = pictures[number + 1].time_us if number + 1 < len(pictures) else end_us
        found.append(Shot(picture.time_us, max(later, picture.time_us), picture.format, data))
    return found


class IntervalModel(QObject):
    """Signals: `changed()` another interval, or its pictures are there; `failed(Failure)`."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self.camera = ""
        self.levels: list[Level] = []
        self.shots: list[Shot] = []
        self.loading = False
        self._asked = 0

    @property
    def level(self) -> Level | None:
        """The interval that is shown; the one above it stands before it in `levels`."""
        return self.levels[-1] if self.levels else None

    def open(self, camera: str, begin_us: int, end_us: int) -> None:
        self.camera = camera
        self.levels = [Level(begin_us, max(end_us, begin_us + LEAST_SPAN_US))]
        self._ask()

    def descend(self, number: int) -> bool:
        """Into a picture's stretch; False when there is nothing finer."""
        if not 0 <= number < len(self.shots) or not self.shots[number].opens:
            return False
        if len(self.shots) < 2 and len(self.levels) > 1:
            return False
        shot = self.shots[number]
        self.levels.append(Level(shot.time_us, shot.end_us))
        self._ask()
        return True

    def up(self) -> bool:
        """Back to the interval above; False when this is the first one."""
        if len(self.levels) < 2:
            return False
        self.levels.pop()
        self._ask()
        return True

    def close(self) -> None:
        self._asked += 1
        self.levels, self.shots, self.loading = [], [], False

    def _ask(self) -> None:
        level = self.levels[-1]
        self._asked += 1
        number = self._asked
        self.shots, self.loading = [], True
        self.changed.emit()

        def done(reply: Pictures, payload: bytes) -> None:
            if number == self._asked:
                self.loading = False
                self.shots = shots(reply.pictures, payload, level.end_us)
                self.changed.emit()

        def failed(failure: Failure) -> None:
            if number == self._asked:
                self.loading = False
                self.changed.emit()
                self.failed.emit(failure)

        request = GetPictures(self.camera, level.begin_us, level.end_us, COUNT)
        self._requester.request(request, done, failed, self)
