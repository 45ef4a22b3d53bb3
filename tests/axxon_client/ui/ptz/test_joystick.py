"""SDL's own virtual joystick, inside Qt's loop."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from axxon_client.ui.ptz.joystick import Joystick

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    sdl2: Any = pytest.importorskip("sdl2", reason="SDL (PySDL2, pysdl2-dll) is not installed")


class Plugged:
    """A virtual stick of 3 axes and 4 buttons."""

    def __init__(self) -> None:
        kind = sdl2.SDL_JOYSTICK_TYPE_FLIGHT_STICK
        self.number = sdl2.SDL_JoystickAttachVirtual(kind, 3, 4, 0)
        assert self.number >= 0, sdl2.SDL_GetError()
        self._stick = sdl2.SDL_JoystickOpen(self.number)

    def push(self, axis: int, way: float) -> None:
        value = ctypes.c_int16(round(way * 32767))
        sdl2.SDL_JoystickSetVirtualAxis(self._stick, axis, value)

    def press(self, button: int, down: bool) -> None:
        sdl2.SDL_JoystickSetVirtualButton(self._stick, button, int(down))

    def unplug(self) -> None:
        sdl2.SDL_JoystickClose(self._stick)
        sdl2.SDL_JoystickDetachVirtual(self.number)


@pytest.fixture
def joystick(qtbot: QtBot) -> Iterator[Joystick]:
    made = Joystick()
    made.start()
    yield made
    made.stop()


def test_a_stick_is_found_when_it_is_plugged_in_and_steers(
    qtbot: QtBot, joystick: Joystick
) -> None:
    ways: list[tuple[float, float, float]] = []
    pressed: list[int] = []
    names: list[str] = []
    joystick.moved.connect(lambda *way: ways.append(way))
    joystick.pressed.connect(pressed.append)
    joystick.plugged.connect(names.append)
    stick = Plugged()
    qtbot.waitUntil(lambda: bool(names))
    stick.push(0, 1.0)
    stick.push(1, -1.0)
    qtbot.waitUntil(lambda: bool(ways) and ways[-1] == (1.0, 1.0, 0.0))
    stick.press(2, True)
    qtbot.waitUntil(lambda: pressed == [2])
    stick.unplug()
    qtbot.waitUntil(lambda: names[-1] == "")
    assert ways[-1] == (0.0, 0.0, 0.0)


def test_it_can_be_stopped_and_started_again(joystick: Joystick) -> None:
    joystick.stop()
    joystick.stop()
    joystick.start()
    joystick.poll()
