"""Steering one camera: what it can do, who has it, and commands at a pace that a network bears."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from protocol.devicetypes import Preset, PtzHolder
from protocol.errors import ErrorCode
from protocol.messages import (
    Change,
    ChangeTree,
    GetPtz,
    GoHome,
    GoPreset,
    MovePtz,
    Patrol,
    PtzState,
    RemovePreset,
    Request,
    SetLens,
    SetPreset,
    ShiftPtz,
    StopPtz,
    TakePtz,
)
from protocol.types import Capability, ObjectKind, ObjectRecord, Right

# A held joystick is said again so often: the server stops a camera 3 s after the last word.
_REPEAT_MS = 500
# While it is being moved, not more often than that.
_LEAST_MS = 100

Speed = tuple[float, float, float]
_STILL: Speed = (0.0, 0.0, 0.0)


class Steering(QObject):
    """Signals: `changed()` state, presets or holder are other; `told(str)` a refusal, for the
    person."""

    changed = pyqtSignal()
    told = pyqtSignal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.camera = ""
        self.state: PtzState | None = None
        self.speed = 0.6  # of the fastest, (0; 1]
        self._session = session
        self._wanted: Speed = _STILL
        self._said: Speed = _STILL
        self._repeat = QTimer(self)
        self._repeat.setInterval(_REPEAT_MS)
        self._repeat.timeout.connect(self._say)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_LEAST_MS)
        self._pause.timeout.connect(self._after_pause)
        session.devices.holder_changed.connect(self._on_holder)
        session.store.changed.connect(self._on_tree)

    # --- what is known

    def show(self, camera: str) -> None:
        """Another camera; the one before stops."""
        if camera == self.camera:
            return
        self.move(*_STILL)
        self.camera, self.state = camera, None
        self.changed.emit()
        self.refresh()

    def refresh(self) -> None:
        camera = self.camera
        if not camera or not self._session.devices.has_ptz(camera):
            return

        def done(reply: PtzState, _payload: bytes) -> None:
            if camera == self.camera:
                self.state = reply
                self.changed.emit()

        self._session.request(GetPtz(camera), done, self._failed, self)

    def can(self, what: Capability) -> bool:
        """The camera and the role."""
        allowed = self._session.may(Right.PTZ)
        return allowed and self.state is not None and what in self.state.capabilities

    @property
    def presets(self) -> list[Preset]:
        return self.state.presets if self.state is not None else []

    @property
    def holder(self) -> PtzHolder:
        return self._session.devices.holders.get(self.camera, PtzHolder(self.camera))

    @property
    def held_by_other(self) -> str:
        """Who steers, when it is somebody else."""
        holder = self.holder
        held = holder.until_us > self._session.clock.now_us()
        return holder.user if held and holder.user != self._session.user else ""

    # --- moving

    def move(self, pan: float, tilt: float, zoom: float) -> None:
        """Shares of the chosen speed, each in [-1; 1]; 0, 0, 0 stops at once."""
        self._wanted = (pan * self.speed, tilt * self.speed, zoom * self.speed)
        if self._wanted == _STILL:
            self._pause.stop()
            self._repeat.stop()
            if self._said != _STILL:
                self._said = _STILL
                self._ask(StopPtz(self.camera))
        elif not self._pause.isActive():
            self._say()
            self._repeat.start()

    def _say(self) -> None:
        self._said = self._wanted
        self._pause.start()
        self._ask(MovePtz(self.camera, *self._wanted))

    def _after_pause(self) -> None:
        if self._said != self._wanted:
            self._say()

    def shift(self, pan: float, tilt: float, zoom: float = 1.0) -> None:
        """As `ShiftPtz`: for click-to-centre and zoom-to-rectangle."""
        self._ask(ShiftPtz(self.camera, pan, tilt, zoom))

    def lens(self, **settings: float | bool) -> None:
        """As `SetLens`: focus, iris, auto_focus, auto_iris."""
        self._ask(SetLens(self.camera, **settings))  # type: ignore[arg-type]

    # --- places

    def go_preset(self, token: str) -> None:
        self._ask(GoPreset(self.camera, token))

    def set_preset(self, name: str, token: str = "") -> None:
        self._ask(SetPreset(self.camera, name, token), again=True)

    def remove_preset(self, token: str) -> None:
        self._ask(RemovePreset(self.camera, token), again=True)

    def go_home(self) -> None:
        self._ask(GoHome(self.camera))

    def set_home(self) -> None:
        self._ask(GoHome(self.camera, learn=True))

    def patrol(self, on: bool) -> None:
        self._ask(Patrol(self.camera, on))

    # --- the patrol, a setting of the camera's telemetry

    @property
    def stops(self) -> dict[str, float]:
        """Presets of the patrol, in its order, with the seconds that it stays at each."""
        telemetry = self._telemetry()
        given = telemetry.properties.get("patrol") if telemetry is not None else None
        return {one["preset"]: one["dwell_s"] for one in given or []}

    @property
    def may_plan(self) -> bool:
        return self._telemetry() is not None and self._session.may(Right.CONFIGURE)

    def plan(self, token: str, dwell_s: float | None) -> None:
        """Stay so long at a preset (None: leave it out)."""
        telemetry = self._telemetry()
        if telemetry is None:
            return
        stops = self.stops
        stops.pop(token, None)
        if dwell_s is not None:
            stops[token] = dwell_s
        patrol = [{"preset": one, "dwell_s": stay_s} for one, stay_s in stops.items()]
        change = Change(telemetry.id, properties={"patrol": patrol}, revision=telemetry.revision)
        self._ask(ChangeTree([change]))

    def _telemetry(self) -> ObjectRecord | None:
        found = self._session.store.children_of(self.camera, ObjectKind.TELEMETRY)
        return found[0] if found else None

    def _on_tree(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        telemetry = self._telemetry()
        if telemetry is not None and telemetry.id in changed | removed:
            self.changed.emit()

    def release(self) -> None:
        self._ask(TakePtz(self.camera, release=True))

    # --- asking

    def _ask(self, request: Request, again: bool = False) -> None:
        if not self.camera:
            return

        def done(_reply: object, _payload: bytes) -> None:
            if again:
                self.refresh()

        self._session.request(request, done, self._failed, self)

    def _failed(self, failure: Failure) -> None:
        self._wanted = self._said = _STILL
        self._repeat.stop()
        self.told.emit(failure.text)
        if failure.code == ErrorCode.CONFLICT:
            self.changed.emit()

    def _on_holder(self, camera: str) -> None:
        if camera == self.camera:
            if self.state is None:
                self.refresh()
            self.changed.emit()


def centring(x: float, y: float) -> tuple[float, float]:
    """What `shift` takes to bring a point (shares of the picture, y down) to the middle."""
    return (x - 0.5), (0.5 - y)


def framing(x: float, y: float, w: float, h: float) -> tuple[float, float, float]:
    """What `shift` takes so that a rectangle (shares of the picture) fills it."""
    pan, tilt = centring(x + w / 2, y + h / 2)
    return pan, tilt, min(100.0, 1.0 / max(w, h, 0.01))
