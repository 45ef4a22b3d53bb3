"""Steering a PTZ camera.

One user at a time: whoever steers holds the camera until `release_s` of its telemetry after the
last command, or until someone whose role has a higher PTZ priority steers.  Everything but reading
takes it, and is refused with "conflict", naming the holder, while someone else of the same or a
higher priority holds it.  Cameras are named by their id; one without telemetry is "not-found".
"""

from __future__ import annotations

from attrs import field, frozen

from protocol.devicetypes import Preset, PtzHolder, PtzPlace
from protocol.messages.base import Done, Message, Request
from protocol.types import Capability, Right


@frozen
class PtzState(Message):
    """`place` None: the camera does not say.  `capabilities`: those of `Capability` that tell
    what to offer (ptz, ptz-absolute, ptz-relative, presets, home, focus, iris)."""

    NAME = "ptz.state"
    holder: PtzHolder
    place: PtzPlace | None
    presets: list[Preset]
    capabilities: list[Capability]


@frozen
class GetPtz(Request):
    NAME = "ptz.get"
    REPLY = PtzState
    RIGHT = Right.LIVE
    camera: str


@frozen
class MovePtz(Request):
    """Go on moving at these speeds, each in [-1; 1]: right, up and in are positive.  Stops by
    itself 3 s after the last such request, and when the connection ends: repeat it while a
    joystick is held."""

    NAME = "ptz.move"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@frozen
class StopPtz(Request):
    NAME = "ptz.stop"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str


@frozen
class GoPtz(Request):
    """To an absolute place, as in `PtzPlace`; None: stays.  Needs "ptz-absolute"."""

    NAME = "ptz.go"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    pan: float | None = None
    tilt: float | None = None
    zoom: float | None = None


@frozen
class ShiftPtz(Request):
    """By shares of the present picture: pan 0.5 brings its right edge to the middle, tilt 0.5 its
    upper edge; zoom 2.0 = twice as near, in [0.01; 100].  For click-to-centre and
    zoom-to-rectangle; needs "ptz-relative"."""

    NAME = "ptz.shift"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0


@frozen
class GoPreset(Request):
    NAME = "ptz.preset.go"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    token: str


@frozen
class PresetSet(Message):
    NAME = "ptz.preset.set.reply"
    preset: Preset


@frozen
class SetPreset(Request):
    """The present place under a name; with `token` an existing preset is set anew."""

    NAME = "ptz.preset.set"
    REPLY = PresetSet
    RIGHT = Right.PTZ
    camera: str
    name: str
    token: str = ""


@frozen
class RemovePreset(Request):
    NAME = "ptz.preset.remove"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    token: str


@frozen
class GoHome(Request):
    """`learn`: the present place becomes home."""

    NAME = "ptz.home"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    learn: bool = False


@frozen
class Patrol(Request):
    """Begin or end going along the presets of the telemetry's `patrol`.  It goes on until someone
    ends it; steering interrupts it for as long as the camera is held."""

    NAME = "ptz.patrol"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    on: bool


@frozen
class SetLens(Request):
    """Focus and iris: speeds in [-1; 1] (far and open are positive, 0 stops), or automatic."""

    NAME = "ptz.lens"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    focus: float | None = None
    iris: float | None = None
    auto_focus: bool | None = None
    auto_iris: bool | None = None


@frozen
class TakePtz(Request):
    """Hold the camera without moving it, or give it back with `release`."""

    NAME = "ptz.take"
    REPLY = Done
    RIGHT = Right.PTZ
    camera: str
    release: bool = False


@frozen
class PtzNotice(Message):
    """With topic "ptz": who steers has changed, or a patrol began or ended; on subscribing, all
    cameras with telemetry."""

    NAME = "ptz"
    holders: list[PtzHolder] = field(factory=list)
