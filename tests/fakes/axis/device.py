"""What the emulated camera is: parameters, a head that moves, ports, a loudspeaker, a clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from attrs import define, field

PARAMS = {
    "Brand.Brand": "AXIS",
    "Brand.ProdShortName": "AXIS M5525-E",
    "Brand.ProdNbr": "M5525-E",
    "Properties.Firmware.Version": "9.80.1",
    "Properties.System.SerialNumber": "ACCC8E012345",
    "Properties.API.RTSP.Version": "2.01",
    "Properties.PTZ.PTZ": "yes",
    "Properties.Audio.Audio": "yes",
    "Properties.Image.Format": "jpeg,mjpeg,h264",
    "Properties.Image.Resolution": "1920x1080,1280x720,640x360",
    "Audio.DuplexMode": "full",
    "Network.RTSP.Port": "554",
    "Image.I0.Enabled": "yes",
    "Image.I0.Name": "View Area 1",
    "Image.I0.Appearance.Resolution": "1920x1080",
    "Image.I0.Appearance.Compression": "30",
    "Image.I0.Stream.FPS": "0",
    "Image.I0.MPEG.PCount": "31",
    "Image.I0.RateControl.TargetBitrate": "0",
    "Image.I0.RateControl.Mode": "vbr",
    "StreamProfile.MaxGroups": "26",
    "StreamProfile.S0.Name": "Quality",
    "StreamProfile.S0.Parameters": "videocodec=h264&resolution=1280x720&fps=15",
    "StreamProfile.S1.Name": "Low",
    "StreamProfile.S1.Parameters": (
        "videocodec=h264&resolution=640x360&fps=5&videokeyframeinterval=5&videobitrate=300"
    ),
    "IOPort.I0.Direction": "input",
    "IOPort.I0.Input.Name": "Door",
    "IOPort.I0.Input.Trig": "closed",
    "IOPort.I1.Direction": "output",
    "IOPort.I1.Output.Name": "Lamp",
    "IOPort.I1.Output.Active": "closed",
    **{
        f"PTZ.Support.S1.{name}": "true"
        for name in (
            "AbsolutePan", "AbsoluteTilt", "AbsoluteZoom", "ContinuousPan", "ContinuousTilt",
            "ContinuousZoom", "AreaZoom", "ServerPreset", "AutoFocus", "ContinuousFocus",
            "AutoIris", "ContinuousIris",
        )
    },
}  # fmt: skip
LIMITS = {"pan": (-170.0, 170.0), "tilt": (-20.0, 90.0), "zoom": (1.0, 9999.0)}
# An event as the genuine devices send it.
_EVENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">\n<tt:Event>'
    '<wsnt:NotificationMessage xmlns:tns1="http://www.onvif.org/ver10/topics" '
    'xmlns:tnsaxis="http://www.axis.com/2009/event/topics" '
    'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"><wsnt:Topic>{topic}</wsnt:Topic>'
    '<wsnt:Message><tt:Message UtcTime="{time}" PropertyOperation="{operation}"><tt:Source>'
    '<tt:SimpleItem Name="{source[0]}" Value="{source[1]}"/></tt:Source><tt:Key></tt:Key><tt:Data>'
    '<tt:SimpleItem Name="{data[0]}" Value="{data[1]}"/></tt:Data></tt:Message></wsnt:Message>'
    "</wsnt:NotificationMessage></tt:Event></tt:MetadataStream>"
)
FIRST = b'<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">\n</tt:MetadataStream>'
PORT_TOPIC = "tns1:Device/tnsaxis:IO/Port"


class RefusedError(Exception):
    """What the device says no to."""


@define
class AxisDevice:
    """`tell` gets each event's document; `clock_s`: its clock minus the true one."""

    params: dict[str, str] = field(factory=PARAMS.copy)
    place: dict[str, float] = field(factory=lambda: {"pan": 0.0, "tilt": 0.0, "zoom": 1.0})
    speeds: dict[str, int] = field(factory=dict)
    automatic: dict[str, str] = field(factory=dict)
    presets: dict[int, tuple[str, dict[str, float]]] = field(factory=dict)
    home: int | None = None
    ports: dict[int, bool] = field(factory=lambda: {0: False, 1: False})
    spoken: bytearray = field(factory=bytearray)
    clock_s: float = 0.0
    has_time_api: bool = True
    violations: list[str] = field(factory=list)
    listeners: list[Callable[[bytes], None]] = field(factory=list)

    def set_port(self, number: int, active: bool) -> None:
        """Whoever does it: what it is wired to, or a request."""
        self.ports[number] = active
        document = port_event(number, active, "Changed")
        for listener in list(self.listeners):
            listener(document)

    def states(self) -> list[bytes]:
        """What a new listener is told first."""
        ports = (port_event(number, on, "Initialized") for number, on in self.ports.items())
        return [FIRST, *ports]

    def keep_place(self, name: str) -> int:
        known = [number for number, (title, _) in self.presets.items() if title == name]
        number = known[0] if known else max(self.presets, default=0) + 1
        self.presets[number] = (name, dict(self.place))
        self.params[f"PTZ.Preset.P0.Position.P{number}.Name"] = name
        return number

    def rename(self, number: int, name: str) -> None:
        if number not in self.presets:
            raise RefusedError(f"no preset {number}")
        self.presets[number] = (name, self.presets[number][1])

    def forget(self, number: int) -> None:
        if self.presets.pop(number, None) is None:
            raise RefusedError(f"no preset {number}")
        del self.params[f"PTZ.Preset.P0.Position.P{number}.Name"]

    def go(self, number: int) -> None:
        if number not in self.presets:
            raise RefusedError(f"no preset {number}")
        self.place = dict(self.presets[number][1])

    def put(self, axis: str, value: float) -> None:
        low, high = LIMITS[axis]
        self.place[axis] = min(high, max(low, value))


def port_event(number: int, active: bool, operation: str) -> bytes:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return _EVENT.format(
        topic=PORT_TOPIC,
        time=moment,
        operation=operation,
        source=("port", number),
        data=("state", int(active)),
    ).encode()
