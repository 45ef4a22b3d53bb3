"""The surface for machines without a graphics card: converted in threads, blitted by QPainter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from attrs import evolve, field, frozen
from PyQt5 import sip
from PyQt5.QtCore import QPoint, QRect, Qt, pyqtSignal
from PyQt5.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PyQt5.QtWidgets import QWidget

from axxon_client.video.convert import PLAIN, Box, Converter, Look, fit, shown_aspect
from axxon_client.video.frame import VideoPicture
from axxon_client.video.pool import DecodePool
from axxon_client.video.tick import display_tick

# After a change of size or look the next live picture usually brings it; a paused one is
# converted anew once nothing has come for that long.
_AGAIN_AFTER_S = 0.08


@frozen(eq=False)
class _Ready:
    """Pixels, where they go (device pixels), and what they were made from."""

    image: QImage = field(repr=False)
    owner: object = field(repr=False)
    box: Box
    picture: VideoPicture
    look: Look
    size: tuple[int, int]


class PaintSurface(QWidget):
    """Signals: `painted(pts_us)` after a new picture was painted.

    `show_picture` may be called from any thread: it converts there, so from a decode thread the
    GUI thread only blits.  Called in the GUI thread, the conversion goes to `pool` if there is
    one.  Everything else belongs to the GUI thread.
    """

    painted = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None, pool: DecodePool | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WA_NoSystemBackground)
        self._lane = pool.lane() if pool is not None else None
        self._gui_thread = threading.get_ident()
        self._converter = Converter()
        self._converting = threading.Lock()
        self._lock = threading.Lock()  # guards the next five
        self._look = PLAIN
        self._size = (0, 0)  # device pixels; (0, 0) while hidden
        self._ready: _Ready | None = None
        self._last: VideoPicture | None = None
        self._fresh = False
        self._painted_us: int | None = None
        self._stale_since = 0.0  # `_ready` is of another size or look since then; 0 = it fits

    # --- from any thread ---

    def show_picture(self, picture: VideoPicture) -> None:
        with self._lock:
            self._last = picture
            look, size = self._look, self._size
        if size == (0, 0):
            return
        if threading.get_ident() == self._gui_thread and self._lane is not None:
            self._lane.put(self._convert_last)
        else:
            self._convert(picture, look, size)

    def prepare(self, picture: VideoPicture) -> Callable[[], None]:
        """Convert it here and now; what is returned makes it the picture that is shown."""
        with self._lock:
            look, size = self._look, self._size
        ready = None if size == (0, 0) else self._converted(picture, look, size)

        def reveal() -> None:
            with self._lock:
                self._last = picture
                if ready is not None:
                    self._ready = ready
                    self._fresh = True

        return reveal

    def _convert_last(self) -> None:
        """In the pool: the newest picture, once, however many were shown meanwhile."""
        with self._lock:
            picture, look, size = self._last, self._look, self._size
            ready = self._ready
        if picture is None or size == (0, 0):
            return
        if (
            ready is None
            or ready.picture is not picture
            or (ready.look, ready.size) != (look, size)
        ):
            self._convert(picture, look, size)

    def _convert(self, picture: VideoPicture, look: Look, size: tuple[int, int]) -> None:
        ready = self._converted(picture, look, size)
        with self._lock:
            if self._last is None:
                return  # cleared meanwhile
            self._ready = ready
            self._fresh = True

    def _converted(self, picture: VideoPicture, look: Look, size: tuple[int, int]) -> _Ready:
        box = fit(shown_aspect(picture, look), *size)
        with self._converting:
            rgb = self._converter.convert(picture, look, box.width, box.height)
        image = QImage(
            sip.voidptr(rgb.address), rgb.width, rgb.height, rgb.stride, QImage.Format_RGB32
        )
        return _Ready(image, rgb, box, picture, look, size)

    # --- GUI thread ---

    @property
    def picture(self) -> VideoPicture | None:
        """The newest picture."""
        return self._last

    def clear(self) -> None:
        """Black, until the next picture."""
        with self._lock:
            self._ready = self._last = None
            self._fresh = False
        self.update()

    def set_zoom(self, x: float, y: float, w: float, h: float) -> None:
        self._set_look(evolve(self._look, zoom=(x, y, w, h)))

    def set_contrast(self, contrast: float) -> None:
        self._set_look(evolve(self._look, contrast=contrast))

    def set_sharpness(self, sharpness: float) -> None:
        self._set_look(evolve(self._look, sharpness=sharpness))

    def set_deinterlace(self, on: bool) -> None:
        self._set_look(evolve(self._look, deinterlace=on))

    def tick(self) -> None:
        """For the display tick."""
        if self._fresh:
            self.update()
        elif self._stale_since and time.monotonic() - self._stale_since > _AGAIN_AFTER_S:
            self._stale_since = 0.0
            if self._last is not None:
                self.show_picture(self._last)

    def paintEvent(self, event: QPaintEvent) -> None:
        with self._lock:
            ready, fresh = self._ready, self._fresh
            self._fresh = False
            size = self._size
        painter = QPainter(self)
        if ready is None:
            painter.fillRect(self.rect(), Qt.black)
            return
        self._blit(painter, ready, size)
        painter.end()
        if fresh:
            self.painted.emit(ready.picture.pts_us)

    def _blit(self, painter: QPainter, ready: _Ready, size: tuple[int, int]) -> None:
        ratio = self.devicePixelRatioF()
        box = ready.box
        if ready.size == size:
            for bar in _bars(box, size):
                painter.fillRect(_logical(bar, ratio), Qt.black)
            ready.image.setDevicePixelRatio(ratio)
            painter.drawImage(QPoint(round(box.x / ratio), round(box.y / ratio)), ready.image)
            return
        # Converted for another size (while resizing): stretched until the next one comes.
        painter.fillRect(self.rect(), Qt.black)
        fitted = fit(shown_aspect(ready.picture, ready.look), *size)
        ready.image.setDevicePixelRatio(1.0)
        painter.drawImage(_logical(fitted, ratio), ready.image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()

    def showEvent(self, event: QShowEvent) -> None:
        self._measure()
        display_tick().join(self)

    def hideEvent(self, event: QHideEvent) -> None:
        display_tick().leave(self)
        with self._lock:
            self._size = (0, 0)

    def _measure(self) -> None:
        ratio = self.devicePixelRatioF()
        size = (round(self.width() * ratio), round(self.height() * ratio))
        with self._lock:
            self._size = size if self.isVisible() else (0, 0)
        self._stale_since = time.monotonic()

    def _set_look(self, look: Look) -> None:
        if look == self._look:
            return
        with self._lock:
            self._look = look
        self._stale_since = time.monotonic() - _AGAIN_AFTER_S  # the hand waits for the picture


def _bars(box: Box, size: tuple[int, int]) -> list[Box]:
    """The black parts around a box."""
    width, height = size
    right, bottom = box.x + box.width, box.y + box.height
    bars = [
        Box(0, 0, width, box.y),
        Box(0, bottom, width, height - bottom),
        Box(0, box.y, box.x, box.height),
        Box(right, box.y, width - right, box.height),
    ]
    return [bar for bar in bars if bar.width > 0 and bar.height > 0]


def _logical(box: Box, ratio: float) -> QRect:
    """Device to logical pixels, outwards."""
    left, top = int(box.x / ratio), int(box.y / ratio)
    right = -int(-(box.x + box.width) // ratio)
    bottom = -int(-(box.y + box.height) // ratio)
    return QRect(left, top, right - left, bottom - top)
