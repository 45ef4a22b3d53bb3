"""Single pictures: fetched from the server, decoded in the decode threads, delivered as QImage.

Used for alarm cards, previews and pictures while scrubbing.  Callbacks come in the GUI thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtGui import QImage

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.video.frame import VideoPicture
from axxon_client.video.picture import decode_picture, shown_size, to_rgb
from axxon_client.video.pool import DecodePool
from protocol.messages import GetPicture, Picture
from protocol.types import VideoFormat

Got = Callable[[QImage | None], None]
_MAX_KEPT = 200  # small pictures of cards: 320 px wide, 230 kB each


def to_image(picture: VideoPicture, width: int | None = None) -> QImage:
    """A decoded picture as QImage with memory of its own; some ms for a large one."""
    whole = shown_size(picture)
    wide, high = whole if width is None else (width, max(1, round(width * whole[1] / whole[0])))
    rgb = to_rgb(picture, wide, high)
    view = QImage(rgb.data.tobytes(), rgb.width, rgb.height, rgb.stride, QImage.Format_RGB32)
    return view.copy()


class Stills(QObject):
    """`get` asks for the key frame of a moment; answers are kept for the cards."""

    _decoded = pyqtSignal(object)

    def __init__(self, session: Session, pool: DecodePool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lane = pool.lane()
        self._kept: OrderedDict[tuple[str, int, int], QImage] = OrderedDict()
        self._decoded.connect(self._deliver)

    def close(self) -> None:
        """Before the pool is closed; waits for a picture being decoded."""
        self._lane.close()

    def get(
        self,
        camera: str,
        time_us: int | None,
        got: Got,
        owner: QObject,
        width: int | None = 320,
    ) -> None:
        """The key frame at or before `time_us` (None: the newest live one), `width` px wide
        (None: its own size); `got(None)` when there is none."""
        key = (camera, time_us or 0, width or 0)
        known = self._kept.get(key) if time_us is not None else None
        if known is not None:
            self._kept.move_to_end(key)
            got(known)
            return

        def keep(image: QImage | None) -> None:
            if image is not None and time_us is not None:
                self._keep(key, image)
            got(image)

        def done(reply: Picture, payload: bytes) -> None:
            if reply.format is None or not payload:
                got(None)
            else:
                self.decode(reply.format, payload, keep, owner, width)

        def failed(_failure: Failure) -> None:
            got(None)

        self._session.request(GetPicture(camera, time_us), done, failed, owner)

    def decode(
        self,
        form: VideoFormat,
        payload: bytes,
        got: Got,
        owner: QObject,
        width: int | None = None,
    ) -> None:
        """A key frame that is at hand."""

        def work() -> None:
            picture = decode_picture(form, payload)
            image = to_image(picture, width) if picture is not None else None
            self._decoded.emit((image, got, owner))

        self._lane.put(work)

    def _deliver(self, item: tuple[QImage | None, Got, QObject]) -> None:
        image, got, owner = item
        if not sip.isdeleted(owner):
            got(image)

    def _keep(self, key: tuple[str, int, int], image: QImage) -> None:
        self._kept[key] = image
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
