"""The state of the emulated camera, and what can be made to go wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from attrs import define, field

CHANNEL = "source-1"
PTZ_NODE = "node-1"


@define
class Encoder:
    token: str
    encoding: str
    width: int
    height: int
    fps: float
    kbps: int
    gop: int
    quality: float = 4.0
    use_count: int = 1


@define
class Faults:
    """Switched on and off by tests.  `answers`: operation → a fault's subcode, or a status."""

    answers: dict[str, str | int] = field(factory=dict)
    delay_s: dict[str, float] = field(factory=dict)
    raw: dict[str, bytes] = field(factory=dict)  # operation → this in place of the answer
    hang_ups: set[str] = field(factory=set)  # once each: closes the connection in place of it
    lifetime_s: float = 0.0  # of subscriptions, whatever was wished; 0: as wished
    forget_renewals: bool = False  # answers them, and lets the subscription end all the same
    drop_silently: bool = False  # pulls are answered for ever, with nothing
    refuse_renew: bool = False
    end_form: str = ""  # of subscriptions that it takes: "date" or "none"; "": any
    pull_limit_s: float = 60.0  # closes the connection of pulls that wait longer
    wrong_host: str = ""  # in every address that it tells


@define
class Camera:
    user: str = "admin"
    password: str = field(default="secret", repr=False)
    http_digest: bool = False  # in place of WS-Security
    basic_snapshots: bool = False
    own_snapshot_port: bool = False
    clock_offset_s: float = 0.0
    has_media2: bool = True
    has_ptz: bool = True
    has_events: bool = True
    has_speaker: bool = False
    ear: str = "PCMU"  # what that takes: see `axxond.devices.demo.sdp.EARS`
    relays_in_device: bool = True  # in the Device service, else in DeviceIO alone
    by_reference: bool = True  # how it tells subscriptions apart
    manufacturer: str = "Axxon tests"
    model: str = "Strict dome"
    firmware: str = "1.0"
    serial: str = "S-1"
    mac: str = "02:00:00:00:00:01"
    identity: str = "urn:uuid:00000000-0000-4000-8000-000000000001"
    encoders: dict[str, Encoder] = field(
        factory=lambda: {
            "enc-high": Encoder("enc-high", "H264", 1280, 720, 25.0, 2000, 50),
            "enc-low": Encoder("enc-low", "H264", 640, 360, 12.0, 500, 24),
            "enc-tiny": Encoder("enc-tiny", "JPEG", 160, 90, 5.0, 300, 1),
        }
    )
    place: list[float] = field(factory=lambda: [0.0, 0.0, 0.0])
    speed: list[float] = field(factory=lambda: [0.0, 0.0, 0.0])
    moves: list[tuple[str, dict[str, float]]] = field(factory=list)
    home: list[float] = field(factory=lambda: [0.0, 0.0, 0.0])
    presets: dict[str, tuple[str, list[float]]] = field(factory=dict)
    preset_count: int = 0
    focus_mode: str = "AUTO"
    focus_speed: float = 0.0
    exposure_mode: str = "AUTO"
    iris: float = 10.0
    inputs: dict[str, bool] = field(factory=lambda: {"in-1": False, "in-2": False})
    relays: dict[str, bool] = field(factory=lambda: {"relay-1": False})
    motion: bool = False
    clock_set: datetime | None = None
    heard: list[bytes] = field(factory=list)  # what was said to it
    faults: Faults = field(factory=Faults)
    violations: list[str] = field(factory=list)
    calls: list[str] = field(factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.clock_offset_s)

    def now_s(self) -> float:
        return time.time() + self.clock_offset_s


class FaultError(Exception):
    """Answered as a SOAP fault: code, subcodes, reason (ONVIF Core §5.8.2)."""

    def __init__(self, reason: str, *subcodes: str, sender: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.subcodes = subcodes
        self.sender = sender
