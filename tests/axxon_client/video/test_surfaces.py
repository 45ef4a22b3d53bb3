"""Both surfaces in a real window: what is grabbed from the screen is what the picture says."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import av
import numpy as np
import pytest
from PyQt5.QtGui import QColor
from pytestqt.qtbot import QtBot

from axxon_client.video.frame import VideoPicture, picture_of
from axxon_client.video.gl_surface import GlSurface
from axxon_client.video.paint_surface import PaintSurface
from axxon_client.video.pool import DecodePool
from axxon_client.video.surface import CHOICE_VARIABLE, make_surface, renderer, uses_card

Surface = GlSurface | PaintSurface
RED, GREEN = (81, 90, 240), (145, 54, 34)  # BT.601, limited range
TOLERANCE = 8


def yuv(width: int, height: int, left: tuple[int, int, int], right: tuple[int, int, int]):  # type: ignore[no-untyped-def]
    """A yuv420p frame, one colour in each half."""
    planes = []
    for index in range(3):
        divisor = 2 if index else 1
        plane = np.empty((height // divisor, width // divisor), np.uint8)
        plane[:, : width // divisor // 2] = left[index]
        plane[:, width // divisor // 2 :] = right[index]
        planes.append(plane.ravel())
    return av.VideoFrame.from_ndarray(np.concatenate(planes).reshape(-1, width), "yuv420p")


def picture(
    width: int = 320,
    height: int = 180,
    left: tuple[int, int, int] = RED,
    right: tuple[int, int, int] = GREEN,
    form: str = "yuv420p",
) -> VideoPicture:
    frame = yuv(width, height, left, right)
    if form != "yuv420p":
        frame = frame.reformat(format=form)
    return picture_of(frame, 1)


@pytest.fixture(params=["gl", "paint"])
def surface(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[Surface]:
    if request.param == "gl" and not renderer():
        pytest.skip("no OpenGL here")
    made: Surface = GlSurface() if request.param == "gl" else PaintSurface()
    qtbot.addWidget(made)
    made.resize(320, 180)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


def shown(surface: Surface, item: VideoPicture, qtbot: QtBot) -> None:
    with qtbot.waitSignal(surface.painted, timeout=5000):
        surface.show_picture(item)


def close(colour: QColor, wanted: tuple[int, int, int]) -> bool:
    got = (colour.red(), colour.green(), colour.blue())
    return all(abs(a - b) <= TOLERANCE for a, b in zip(got, wanted, strict=True))


def at(surface: Surface, x: float, y: float = 0.5) -> QColor:
    image = surface.grab().toImage()
    return image.pixelColor(int(x * image.width()), int(y * image.height()))


@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "nv12", "yuv422p", "yuv444p"])
def test_colours_are_right_in_every_layout(surface: Surface, qtbot: QtBot, form: str) -> None:
    shown(surface, picture(form=form), qtbot)
    assert close(at(surface, 0.25), (255, 0, 0))
    assert close(at(surface, 0.75), (0, 255, 0))


def test_rows_wider_than_the_picture_do_not_shear_it(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(width=318), qtbot)
    for y in (0.1, 0.9):
        assert close(at(surface, 0.4, y), (255, 0, 0))
        assert close(at(surface, 0.6, y), (0, 255, 0))


def test_the_picture_keeps_its_shape_between_black_bars(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(width=180, height=180), qtbot)
    assert close(at(surface, 0.05), (0, 0, 0))
    assert close(at(surface, 0.95), (0, 0, 0))
    assert close(at(surface, 0.3), (255, 0, 0))


def test_zoom_shows_the_wanted_part(surface: Surface, qtbot: QtBot) -> None:
    surface.set_zoom(0.5, 0.5, 0.5, 0.5)
    shown(surface, picture(), qtbot)
    assert close(at(surface, 0.1), (0, 255, 0))


def test_contrast_stretches_about_the_middle(surface: Surface, qtbot: QtBot) -> None:
    surface.set_contrast(2.0)
    shown(surface, picture(left=(160, 128, 128), right=(100, 128, 128)), qtbot)
    assert at(surface, 0.25).red() > 200
    assert at(surface, 0.75).red() < 80


@pytest.mark.parametrize("change", ["sharpness", "deinterlace"])
def test_adjustments_keep_flat_colours(surface: Surface, qtbot: QtBot, change: str) -> None:
    if change == "sharpness":
        surface.set_sharpness(1.0)
    else:
        surface.set_deinterlace(True)
    shown(surface, picture(), qtbot)
    assert close(at(surface, 0.2), (255, 0, 0))
    assert close(at(surface, 0.8), (0, 255, 0))


def test_a_change_of_look_reaches_a_paused_picture(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(), qtbot)
    surface.set_zoom(0.5, 0.0, 0.5, 0.5)
    qtbot.waitUntil(lambda: close(at(surface, 0.1), (0, 255, 0)), timeout=5000)


def test_a_change_of_size_reaches_a_paused_picture(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(), qtbot)
    surface.resize(400, 225)
    qtbot.waitUntil(lambda: close(at(surface, 0.99), (0, 255, 0)), timeout=5000)


def test_cleared_it_is_black(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(), qtbot)
    surface.clear()
    assert close(at(surface, 0.25), (0, 0, 0))
    assert surface.picture is None


def test_pictures_of_another_size_follow(surface: Surface, qtbot: QtBot) -> None:
    shown(surface, picture(), qtbot)
    shown(surface, picture(640, 360, left=GREEN, right=RED), qtbot)
    assert close(at(surface, 0.25), (0, 255, 0))


def test_pictures_come_from_another_thread(surface: Surface, qtbot: QtBot) -> None:
    with qtbot.waitSignal(surface.painted, timeout=5000):
        thread = threading.Thread(target=surface.show_picture, args=(picture(),))
        thread.start()
    thread.join()
    assert close(at(surface, 0.25), (255, 0, 0))


def test_in_the_gui_thread_a_pool_converts(qtbot: QtBot) -> None:
    pool = DecodePool(1)
    surface = PaintSurface(None, pool)
    qtbot.addWidget(surface)
    surface.resize(64, 64)
    surface.show()
    qtbot.waitExposed(surface)
    shown(surface, picture(), qtbot)
    assert close(at(surface, 0.25), (255, 0, 0))
    surface.hide()
    pool.close()


def test_a_hidden_surface_converts_nothing_but_keeps_the_newest(qtbot: QtBot) -> None:
    surface = PaintSurface()
    qtbot.addWidget(surface)
    newest = picture()
    surface.show_picture(newest)
    assert surface.picture is newest
    with qtbot.waitSignal(surface.painted, timeout=5000):
        surface.show()
    surface.hide()


@pytest.mark.parametrize(("choice", "kind"), [("gl", GlSurface), ("paint", PaintSurface)])
def test_the_choice_can_be_forced(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, choice: str, kind: type
) -> None:
    uses_card.cache_clear()
    monkeypatch.setenv(CHOICE_VARIABLE, choice)
    surface = make_surface()
    qtbot.addWidget(surface)
    uses_card.cache_clear()
    assert isinstance(surface, kind)


def test_software_renderers_are_not_used(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHOICE_VARIABLE, raising=False)
    uses_card.cache_clear()
    used = uses_card()
    uses_card.cache_clear()
    assert used == ("llvmpipe" not in renderer() and bool(renderer()))
