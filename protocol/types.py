"""Words that both sides of the wire share: enums and small value types.

Times are int UTC microseconds (`*_us`); sizes are bytes; shares of a frame are floats in [0; 1].
"""

from __future__ import annotations

import enum
from typing import Any

from attrs import field, frozen


class Codec(enum.StrEnum):
    """How a packet's payload is encoded, and its layout in our hands (disk, wire, memory).

    H264, H265: NAL units each behind a 4-byte big-endian length, one access unit a packet, with
    in-band parameter sets kept; extradata is an avcC / hvcC record.  MJPEG: a whole JPEG image.
    MPEG4: one VOP; extradata is the VOL headers.  AAC: a raw access unit (no ADTS); extradata is
    the AudioSpecificConfig.  PCMU, PCMA: one byte a sample.  G726: RFC 3551 packing (least
    significant bits first; FFmpeg calls it g726le), `bits_per_sample` says 2 to 5.  L16:
    big-endian 16-bit PCM.  OPUS: one Opus packet; extradata is an OpusHead.  SNOW, MXPEG, AV1:
    one access unit as libav has it.
    """

    H264 = "h264"
    H265 = "h265"
    MJPEG = "mjpeg"
    MPEG4 = "mpeg4"
    MXPEG = "mxpeg"
    SNOW = "snow"
    AV1 = "av1"
    PCMU = "pcmu"
    PCMA = "pcma"
    G726 = "g726"
    L16 = "l16"
    AAC = "aac"
    OPUS = "opus"


class MediaKind(enum.StrEnum):
    VIDEO = "video"
    AUDIO = "audio"


class StreamRole(enum.StrEnum):
    HIGH = "high"
    LOW = "low"


class DeviceState(enum.StrEnum):
    """Where a device's supervisor stands; every change is an event."""

    DISABLED = "disabled"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"  # between two attempts; `reason` says what failed
    STOPPED = "stopped"


class FailureKind(enum.StrEnum):
    """Why a device is not there, in words that choose the remedy shown to a guard."""

    UNREACHABLE = "unreachable"  # no route, refused, name unknown
    TIMEOUT = "timeout"
    LOGIN = "login"  # wrong user name or password
    NOT_VIDEO = "not-video"  # it answers, but not as a camera
    UNSUPPORTED = "unsupported"  # a codec or a transport that we do not speak
    STALLED = "stalled"  # connected, but no packets
    GARBAGE = "garbage"  # what it sends cannot be parsed
    CLOSED = "closed"  # the device ended the session
    INTERNAL = "internal"


class Capability(enum.StrEnum):
    """What a device can do beside sending pictures."""

    SOUND = "sound"
    TALK = "talk"  # it has a loudspeaker
    PTZ = "ptz"
    PTZ_ABSOLUTE = "ptz-absolute"
    PTZ_RELATIVE = "ptz-relative"
    PRESETS = "presets"
    HOME = "home"
    FOCUS = "focus"
    IRIS = "iris"
    EVENTS = "events"
    INPUTS = "inputs"
    OUTPUTS = "outputs"
    STREAM_SETTINGS = "stream-settings"
    CLOCK = "clock"
    SNAPSHOT = "snapshot"


class DeviceEventKind(enum.StrEnum):
    """What a device notices by itself."""

    INPUT = "input"  # a sensor's contact
    OUTPUT = "output"  # a relay
    MOTION = "motion"
    TAMPER = "tamper"
    SOUND = "sound"
    ANALYTICS = "analytics"  # a rule of the camera: line, area, object left
    SIGNAL = "signal"  # a channel's video is lost
    OTHER = "other"


class Severity(enum.StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    ALARM = "alarm"


class Phase(enum.StrEnum):
    """An event that lasts has a begin and an end with the same `group`; others are instants."""

    INSTANT = "instant"
    BEGIN = "begin"
    END = "end"


class AlarmState(enum.StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUSPICIOUS = "suspicious"
    FALSE = "false"
    UNCLASSIFIED = "unclassified"


class GapReason(enum.StrEnum):
    """Why a camera-second that was wanted has no footage."""

    CAMERA_DOWN = "camera-down"
    DISK = "disk"
    OVERLOAD = "overload"
    RESTART = "restart"
    UNKNOWN = "unknown"


class ExportState(enum.StrEnum):
    """Where an export job stands.  `REMOVED` is said once, when a job and its file are gone."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"  # the file can be fetched
    FAILED = "failed"  # `text` says why
    CANCELLED = "cancelled"
    REMOVED = "removed"


class Right(enum.StrEnum):
    """What a role may do; checked in the server on every request."""

    LIVE = "live"
    ARCHIVE = "archive"
    CONTROL = "control"  # arm, disarm, start and stop recording
    ALARMS = "alarms"  # evaluate
    JOURNAL = "journal"
    EXPORT = "export"
    CONFIGURE = "configure"
    USERS = "users"
    PTZ = "ptz"  # steer; who of several may is the role's PTZ priority
    TALK = "talk"  # to cameras' loudspeakers


class ObjectKind(enum.StrEnum):
    """Kinds of configurable objects; a child's parent kinds stand in the server's schema."""

    SERVER = "server"
    DEVICE = "device"
    CAMERA = "camera"
    DETECTOR = "detector"
    ARCHIVE = "archive"
    VOLUME = "volume"  # a further folder of an archive
    RECORDING = "recording"  # a camera x archive link, child of the camera
    ROLE = "role"
    USER = "user"
    LAYOUT = "layout"
    TELEMETRY = "telemetry"  # pan, tilt, zoom of a camera
    SENSOR = "sensor"  # a digital input
    RELAY = "relay"  # a digital output


class FieldType(enum.StrEnum):
    """How a settings form edits a property."""

    TEXT = "text"
    PASSWORD = "password"  # noqa: S105 - a kind of field; written, never read back
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    REFERENCE = "reference"  # the id of an object of kind `refers_to`
    POLYGONS = "polygons"  # list of polygons, each a list of [x, y] in [0; 1]
    LINES = "lines"  # list of [[ax, ay], [bx, by]]
    PATH = "path"  # a folder on the server
    LIST = "list"  # of texts
    MAP = "map"  # a free structure (layout cells)
    PATROL = "patrol"  # [{"preset": token, "dwell_s": seconds}]
    SCHEDULE = "schedule"  # [{"days": [0..6], "from": "HH:MM", "to": "HH:MM"}], 0 = Monday


@frozen
class FieldSchema:
    """One property of a kind of object: all that a form needs.

    `only_for`: it counts only while each of these other properties has one of the values; a form
    hides it else.  `slider`: a form offers one, from `minimum` to `maximum`.
    """

    name: str
    label: str
    type: FieldType
    help: str = ""
    default: Any = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] = field(factory=list)
    refers_to: str = ""
    required: bool = False
    advanced: bool = False
    only_for: dict[str, list[str]] = field(factory=dict)
    slider: bool = False


@frozen
class KindSchema:
    kind: ObjectKind
    label: str
    parents: list[ObjectKind]
    fields: list[FieldSchema]


@frozen
class ObjectRecord:
    """One object of the tree.  Passwords never leave the server: they read as ""."""

    id: str
    kind: ObjectKind
    parent: str
    name: str
    revision: int
    properties: dict[str, Any] = field(factory=dict)


@frozen
class VideoFormat:
    codec: Codec
    width: int
    height: int
    extradata: bytes = b""

    kind = MediaKind.VIDEO


@frozen
class AudioFormat:
    codec: Codec
    sample_rate: int
    channels: int
    bits_per_sample: int = 0
    extradata: bytes = b""

    kind = MediaKind.AUDIO


Format = VideoFormat | AudioFormat


@frozen
class EventRecord:
    """One row of the journal, and the form in which events reach clients."""

    id: int
    time_us: int
    type: str  # dotted, e.g. "camera.state", "detector.motion", "user.login"
    severity: Severity
    phase: Phase
    object_id: str
    object_name: str
    text: str
    user: str = ""
    address: str = ""
    group: str = ""
    details: dict[str, Any] = field(factory=dict)


@frozen
class AlarmRecord:
    id: str
    camera: str
    camera_name: str
    kind: str  # the event type that raised it, or "operator"
    begin_us: int
    end_us: int | None  # None while it goes on
    state: AlarmState
    taken_by: str = ""
    comment: str = ""
    evaluated_by: str = ""
    evaluated_us: int | None = None


@frozen
class CameraStatus:
    """What a tile and the tree show of a camera, sent on change, at most once a second."""

    camera: str
    state: DeviceState
    since_us: int
    failure: FailureKind | None
    reason: str  # a sentence; "" when online
    armed: bool
    recording: bool
    alarm: bool
    received_packets: int
    lost_packets: int
    bitrate_bps: int
    fps: float
    clock_offset_us: int | None = None  # camera clock minus server clock, from RTCP
    drift_ppm: float | None = None  # how much faster the camera's clock runs than the server's
    jitter_us: int | None = None  # of arrival: how late the latest tenth of packets came


@frozen
class Span:
    """A stretch of a time line, [begin; end)."""

    begin_us: int
    end_us: int
    kind: str  # "footage" | "gap" | "detector" | "alarm"
    reason: str = ""  # of a gap
    id: str = ""  # of an alarm


@frozen
class CameraLine:
    """One camera's time line among several."""

    camera: str
    first_us: int | None
    last_us: int | None
    spans: list[Span]


@frozen
class CoverageDay:
    """A day of the server's own calendar, or the part of it that was asked for.  The parts are
    whole: recorded + lost + not wanted = end - begin.  `lost_us` is by `GapReason`."""

    begin_us: int
    end_us: int
    recorded_us: int
    unwanted_us: int
    lost_us: dict[str, int]


@frozen
class ProtectionRecord:
    """Footage of a camera that an archive does not delete, and on whose word."""

    id: str
    archive: str
    camera: str
    begin_us: int
    end_us: int
    reason: str
    author: str
    made_us: int


@frozen
class VolumeState:
    path: str
    ready: bool
    quota_bytes: int
    used_bytes: int
    protected_bytes: int
    first_us: int | None
    last_us: int | None
    troubles: list[str]


@frozen
class LinkPlan:
    """What a recording is expected to keep.  `rate_bps`: bytes a second times 8, pauses included,
    measured over `measured_us`; `days` None: nothing was measured yet."""

    recording: str
    camera: str
    rate_bps: int
    measured_us: int
    days: float | None


@frozen
class ArchiveCamera:
    """Whose footage an archive holds.  `camera` is what playback and time line take: of an
    archive that was recorded elsewhere it is "<archive>:<camera there>"."""

    camera: str
    name: str
    first_us: int
    last_us: int
    bytes: int


@frozen
class ArchiveState:
    """`days`: how long footage will stay at today's rates, None: not known; `wanted_days` 0: no
    wish."""

    id: str
    name: str
    read_only: bool
    volumes: list[VolumeState]
    cameras: list[ArchiveCamera]
    plan: list[LinkPlan]
    days: float | None
    wanted_days: int


@frozen
class PictureAt:
    """A key frame among several: `bytes` long, in the payload after those before it."""

    time_us: int
    format: VideoFormat
    bytes: int


@frozen
class Box:
    """A moving area: left, top, width, height as shares of the frame."""

    x: float
    y: float
    w: float
    h: float


@frozen
class SeenObject:
    """What analytics see at a moment.  `id`: the tracked object, the same from frame to frame; 0:
    not tracked.  `firing`: a detector's event is about it."""

    box: Box
    id: int = 0
    firing: bool = False


@frozen
class PreviewMark:
    """What a detector would have reported, and when it happened."""

    time_us: int
    phase: Phase


@frozen
class ExportMask:
    """What of a camera's picture an export hides: polygons as in `FieldType.POLYGONS`; `how`:
    "black" or "pixelate"."""

    camera: str
    polygons: list[list[list[float]]]
    how: str = "black"


@frozen
class ExportRecord:
    """An export job as lists show it.  `text`: why it failed, or what to know of the result."""

    id: str
    user: str
    state: ExportState
    created_us: int
    ended_us: int | None
    cameras: list[str]
    camera_names: list[str]
    begin_us: int
    end_us: int
    form: str
    evidence: bool
    encrypted: bool
    stamp: bool
    masked: bool
    comment: str
    share: float  # done, [0; 1]
    cameras_done: int
    text: str = ""
    file_name: str = ""
    file_bytes: int = 0
