"""USB joysticks by SDL, found when they are plugged in.  Everything on the GUI thread: SDL is
asked 30 times a second, which costs microseconds; it opens no window and takes no events."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model.joystick import mapping_for, steer

log = logging.getLogger(__name__)

_POLL_MS = 33
_LOOK_EVERY = 30  # polls: once a second for new ones
_FULL = 32767.0


class Joystick(QObject):
    """Signals: `moved(float pan, float tilt, float zoom)` on change; `pressed(int button)`;
    `plugged(str name)`, "" when it is gone."""

    moved = pyqtSignal(float, float, float)
    pressed = pyqtSignal(int)
    plugged = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self._sdl: Any = None
        self._stick: Any = None
        self._polls = 0
        self._last = (0.0, 0.0, 0.0)
        self._buttons: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.poll)

    def start(self) -> None:
        """Does nothing where SDL is not installed."""
        try:
            with warnings.catch_warnings():  # it tells which library it found
                warnings.simplefilter("ignore")
                import sdl2  # noqa: PLC0415 - a library of 10 MB: only when somebody steers
        except ImportError as error:
            log.info("no joysticks: %s", error)
            return
        if self._sdl is None:
            sdl2.SDL_SetHint(sdl2.SDL_HINT_JOYSTICK_ALLOW_BACKGROUND_EVENTS, b"1")
            if sdl2.SDL_InitSubSystem(sdl2.SDL_INIT_JOYSTICK):
                log.info("no joysticks: %s", sdl2.SDL_GetError().decode(errors="replace"))
                return
            self._sdl = sdl2
        self._polls = 0
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._close()
        if self._sdl is not None:
            self._sdl.SDL_QuitSubSystem(self._sdl.SDL_INIT_JOYSTICK)
            self._sdl = None

    def poll(self) -> None:
        sdl = self._sdl
        sdl.SDL_JoystickUpdate()
        if self._stick is not None and not sdl.SDL_JoystickGetAttached(self._stick):
            self._close()
        if self._stick is None:
            if self._polls % _LOOK_EVERY == 0:
                self._open_first()
            self._polls += 1
            return
        self._read()

    def _open_first(self) -> None:
        sdl = self._sdl
        for number in range(sdl.SDL_NumJoysticks()):
            stick = sdl.SDL_JoystickOpen(number)
            if stick:
                self._stick = stick
                name = sdl.SDL_JoystickName(stick)
                self.name = name.decode(errors="replace") if name else "Joystick"
                self.plugged.emit(self.name)
                return

    def _read(self) -> None:
        sdl, stick = self._sdl, self._stick
        count = max(0, sdl.SDL_JoystickNumAxes(stick))
        axes = [sdl.SDL_JoystickGetAxis(stick, axis) / _FULL for axis in range(count)]
        now = steer(axes, mapping_for(count))
        if now != self._last:
            self._last = now
            self.moved.emit(*now)
        buttons = range(max(0, sdl.SDL_JoystickNumButtons(stick)))
        down = {button for button in buttons if sdl.SDL_JoystickGetButton(stick, button)}
        for button in sorted(down - self._buttons):
            self.pressed.emit(button)
        self._buttons = down

    def _close(self) -> None:
        if self._stick is None:
            return
        self._sdl.SDL_JoystickClose(self._stick)
        self._stick, self.name, self._buttons = None, "", set()
        if self._last != (0.0, 0.0, 0.0):
            self._last = (0.0, 0.0, 0.0)
            self.moved.emit(0.0, 0.0, 0.0)
        self.plugged.emit("")
