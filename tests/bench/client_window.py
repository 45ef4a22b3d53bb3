"""The window of the benchmark `client`: a grid of tiles in a process of its own.

    python -m tests.bench.client_window show 1920x1080 ours|bgr0|rgb24|smooth-bgr0|none SECONDS
    python -m tests.bench.client_window tiles|window 1920x1080 PORT PASSWORD SECONDS

`show` measures tiles alone, `tiles` feeds and tiles, `window` the client as a guard has it.
Says one JSON line at the end.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject, QTimer
from PyQt5.QtGui import QImage, QPainter, QPaintEvent
from PyQt5.QtWidgets import QApplication, QGridLayout, QWidget

from axxon_client.app import Client, Options, make_application
from axxon_client.model.layouts import fitting
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import TrustStore, accept_all
from axxon_client.video.decode import VideoDecoder
from axxon_client.video.frame import VideoPicture
from axxon_client.video.gl_surface import GlSurface
from axxon_client.video.live import LiveFeed
from axxon_client.video.paint_surface import PaintSurface
from axxon_client.video.picture import RgbImage, rgb_of
from axxon_client.video.pool import DecodePool
from axxon_client.video.surface import make_surface
from protocol.types import StreamRole
from tests.bench.client import TILES
from tests.fakes import footage

_COLUMNS = 5
_FPS = 25
_WARM_UP_S = 1.0
_PROBE_S = 0.005


class PeerTile(QWidget):
    """What most programs do: the picture to RGB in its own size, scaled by the painter."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self._way = way.removeprefix("smooth-")
        self._smooth = way != self._way
        self._image: QImage | None = None
        self._owner: object = None

    def show_picture(self, picture: VideoPicture) -> None:
        frame = picture.frame.reformat(format=self._way, threads=1)
        if self._way == "bgr0":
            rgb: RgbImage = rgb_of(frame)
            pixels, stride, form = rgb.address, rgb.stride, QImage.Format_RGB32
        else:
            plane = frame.planes[0]
            pixels, stride, form = plane.buffer_ptr, plane.line_size, QImage.Format_RGB888
        image = QImage(sip.voidptr(pixels), frame.width, frame.height, stride, form)
        self._image, self._owner = image, frame

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.SmoothPixmapTransform, self._smooth)
            painter.drawImage(self.rect(), self._image)


class Grid(QWidget):
    def __init__(self, tiles: list[QWidget], size: str) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index, tile in enumerate(tiles):
            layout.addWidget(tile, index // _COLUMNS, index % _COLUMNS)
        self.resize(*(int(side) for side in size.split("x")))


class Film:
    """A camera's pictures, decoded when they are wanted, as in the client: a picture is shown
    while it still is in the processor's cache."""

    def __init__(self, number: int) -> None:
        self._loop = footage.loop(number, 640, 360)
        self._decoder = VideoDecoder()
        self._decoder.configure(self._loop.format)
        self._next = 0

    def next(self) -> VideoPicture:
        data = self._loop.frames[self._next]
        self._next = (self._next + 1) % len(self._loop.frames)
        return self._decoder.decode(data, 0, 0)[0]


def show(size: str, way: str, seconds: float) -> dict[str, float]:
    """Pictures that are decoded already, from a thread, at their pace."""
    tiles: list[Any] = [PaintSurface() if way == "ours" else PeerTile(way) for _ in range(TILES)]
    window = Grid(tiles, size)
    window.show()
    timer = QTimer()
    if way not in ("ours", "none"):
        timer.timeout.connect(window.update)
        timer.start(1000 // _FPS)
    films = [Film(tile % 4 + 1) for tile in range(TILES)]
    sent = [0]
    found: dict[str, float] = {}

    def work() -> None:
        begin = time.monotonic() + _WARM_UP_S
        measured = False
        step = 0
        while time.monotonic() < begin + seconds:
            if not measured and time.monotonic() >= begin:
                measured = True
                found.update(cpu_s=-time.process_time(), sent=-sent[0])
            for tile, film in zip(tiles, films, strict=True):
                picture = film.next()
                if way != "none":
                    tile.show_picture(picture)
                sent[0] += 1
            step += 1
            time.sleep(max(0.0, begin - _WARM_UP_S + step / _FPS - time.monotonic()))
        found["cpu_s"] += time.process_time()
        found["sent"] += sent[0]
        QCoreApplication.postEvent(ender, QEvent(QEvent.User))

    ender = Ender()
    thread = threading.Thread(target=work)
    QTimer.singleShot(300, thread.start)
    QApplication.exec_()
    thread.join()
    return found


class Ender(QObject):
    def customEvent(self, event: QEvent) -> None:
        QApplication.quit()


class Posted(QEvent):
    KIND = QEvent.Type(QEvent.registerEventType())

    def __init__(self) -> None:
        super().__init__(self.KIND)
        self.at = time.perf_counter()


def queued_s() -> float:
    """How long this thread was ready but got no processor so far (Linux's schedstat)."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


class StallProbe(QObject):
    """How long the GUI thread is busy between two waits, and how late posted events come."""

    def __init__(self) -> None:
        super().__init__()
        self.busy_s = 0.0
        self.busy_cpu_s = 0.0
        self.late_s: list[float] = []
        self.own_s = 0.0
        self._woke = self._woke_cpu = self._woke_queued = 0.0
        self._stop = threading.Event()
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        dispatcher.awake.connect(self._awake)
        dispatcher.aboutToBlock.connect(self._block)
        self._thread = threading.Thread(target=self._post)

    def start(self) -> None:
        self.busy_s = self.busy_cpu_s = self.own_s = 0.0
        self.late_s.clear()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def customEvent(self, event: QEvent) -> None:
        if isinstance(event, Posted):
            self.late_s.append(time.perf_counter() - event.at)

    def _post(self) -> None:
        while not self._stop.wait(_PROBE_S):
            QCoreApplication.postEvent(self, Posted())

    def _awake(self) -> None:
        if not self._woke:  # it says so twice between two waits
            self._woke, self._woke_cpu = time.perf_counter(), time.thread_time()
            self._woke_queued = queued_s()

    def _block(self) -> None:
        if self._woke:
            busy_s = time.perf_counter() - self._woke
            self.busy_s = max(self.busy_s, busy_s)
            self.own_s = max(self.own_s, busy_s - (queued_s() - self._woke_queued))
            self.busy_cpu_s = max(self.busy_cpu_s, time.thread_time() - self._woke_cpu)
            self._woke = 0.0


def tiles_live(size: str, port: int, password: str, seconds: float) -> dict[str, float]:
    """25 cameras through the whole client but for its menus."""
    network, pool = NetworkThread(), DecodePool()
    network.start()
    tiles: list[Any] = [make_surface(None, pool) for _ in range(TILES)]
    counted = [0]
    for tile in tiles:
        tile.painted.connect(lambda _: counted.__setitem__(0, counted[0] + 1))
    window = Grid(tiles, size)
    window.show()
    with tempfile.TemporaryDirectory() as folder:
        trust = TrustStore(Path(folder, "pins"), accept_all)
        link = ServerLink("127.0.0.1", port, trust)
        network.run(link.open("admin", password)).result(30)
        feeds = []
        for index, tile in enumerate(tiles):
            feed = LiveFeed(
                network, link, pool, f"camera-{index + 1}", StreamRole.HIGH, audio=False
            )
            feed.on_picture = tile.show_picture
            feed.start()
            feeds.append(feed)
        found = _probed(counted, seconds)
        for feed in feeds:
            feed.stop()
        window.close()
        network.run(link.close()).result(30)
    pool.close()
    network.stop()
    return found


def window_live(size: str, port: int, password: str, seconds: float) -> dict[str, float]:
    """The client's own window, logged in, with all cameras in one layout."""
    counted = [0]
    with tempfile.TemporaryDirectory() as folder:
        options = Options("127.0.0.1", port, "admin", password, Path(folder))
        _pin(options)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        client = Client(application, options)
        client.window.resize(*(int(side) for side in size.split("x")))
        client.start()
        timer = QTimer()
        timer.timeout.connect(lambda: _fill(client, counted, timer))
        timer.start(100)
        found = _probed(counted, seconds, 6.0)
        client.window.close()
        client.close()
    return found


def _pin(options: Options) -> None:
    """Trust the server beforehand: nobody is there to be asked."""
    network = NetworkThread()
    network.start()
    trust = TrustStore(options.folder / "servers.json", accept_all)
    link = ServerLink(options.server, options.port, trust)
    network.run(link.open(options.user, options.password)).result(30)
    network.run(link.close()).result(30)
    network.stop()


def _fill(client: Client, counted: list[int], timer: QTimer) -> None:
    """As soon as the tree is there: a tile for every camera."""
    session = client.session
    if session is None or not session.loaded:
        return
    timer.stop()
    cameras = [f"camera-{number + 1}" for number in range(TILES)]
    session.layouts.show(fitting(cameras))
    for surface in client.window.findChildren((PaintSurface, GlSurface)):
        surface.painted.connect(lambda _: counted.__setitem__(0, counted[0] + 1))


def _probed(
    counted: list[int], seconds: float, warm_up_s: float = 2 * _WARM_UP_S
) -> dict[str, float]:
    probe = StallProbe()
    at: dict[str, float] = {}

    def begin() -> None:
        at.update(
            wall=time.monotonic(),
            gui=time.thread_time(),
            cpu=time.process_time(),
            painted=counted[0],
        )
        probe.start()
        QTimer.singleShot(int(seconds * 1000), QApplication.quit)

    QTimer.singleShot(int(warm_up_s * 1000), begin)
    QApplication.exec_()
    gui, cpu = time.thread_time() - at["gui"], time.process_time() - at["cpu"]
    wall = time.monotonic() - at["wall"]
    probe.stop()
    late = sorted(probe.late_s)
    return {
        "busy_ms": probe.busy_s * 1000,
        "own_ms": probe.own_s * 1000,
        "busy_cpu_ms": probe.busy_cpu_s * 1000,
        "late_ms": late[-1] * 1000,
        "late_p999_ms": late[int(len(late) * 0.999)] * 1000,
        "painted": counted[0] - at["painted"],
        "gui_cpu_percent": gui / wall * 100,
        "cpu_percent": cpu / wall * 100,
    }


def main() -> None:
    os.environ["QT_NO_GLIB"] = "1"  # GLib's dispatcher does not tell waits from work
    application = make_application(sys.argv[:1])
    mode, size, *arguments = sys.argv[1:]
    if mode == "show":
        found = show(size, arguments[0], float(arguments[1]))
    else:
        run = window_live if mode == "window" else tiles_live
        found = run(size, int(arguments[0]), arguments[1], float(arguments[2]))
    print(json.dumps(found), flush=True)
    del application
    os._exit(0)  # Qt's own clean-up is not what is measured


if __name__ == "__main__":
    main()
