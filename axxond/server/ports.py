"""What the server needs of the running system: ports that the composition root implements.

All calls come on the event loop and must not block it.  `listen*` calls hand back a call that
takes the listener off; listeners are called on the event loop and must not block.  Errors: a
`ProtocolError` goes to the client as it is, an `AxxonError` as `server.errors` maps it (config's
refusals with object and field, conflicts, unknown objects; log-ins refused or throttled; all
others as "unavailable" with their sentence); anything else is a fault of ours ("internal", logged
with a reference).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

from attrs import define, frozen

from axxond.analytics.preview import Glimpse
from axxond.archive.export.job import Author
from axxond.base.clock import Clock
from axxond.events.bus import EventBus
from axxond.media.packet import Packet
from axxond.server.talk import Speech
from axxond.stream.hub import StreamHub
from protocol.devicetypes import (
    DeviceNotice,
    FoundDevice,
    IoState,
    NewDevice,
    PtzHolder,
    StreamSetup,
)
from protocol.messages import (
    AlarmPage,
    BackTest,
    BackTested,
    Change,
    Changed,
    ChangePassword,
    DeviceDescribed,
    DeviceTested,
    DeviceTried,
    EvaluateAlarm,
    JournalPage,
    LoadStep,
    Message,
    Metadata,
    PtzState,
    QueryAlarms,
    QueryJournal,
    Request,
    SetStream,
    StartExport,
    TimeLine,
    TreeChanged,
    TryDevice,
)
from protocol.types import (
    AlarmRecord,
    ArchiveState,
    CameraLine,
    CameraStatus,
    CoverageDay,
    EventRecord,
    ExportRecord,
    KindSchema,
    ObjectRecord,
    ProtectionRecord,
    Right,
    SeenObject,
    StreamRole,
)

Unlisten = Callable[[], None]


class Identity(Protocol):
    """Who is logged in; `user` and `role` are names, `rights` what the role may do,
    `ptz_priority` who of several steers."""

    @property
    def user(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def rights(self) -> frozenset[Right]: ...
    @property
    def ptz_priority(self) -> int: ...


class Authenticator(Protocol):
    async def login(self, user: str, password: str, address: str) -> Identity:
        """Throttles by user and address; publishes success and failure (sessions publish the
        log-out).

        Raises `auth.LoginRefusedError` (the same for a wrong name and a wrong password) or
        `auth.ThrottledError`.
        """

    async def change_password(
        self, request: ChangePassword, identity: Identity, address: str
    ) -> None:
        """One's own with `old`; another's with the right USERS (checked by the server before).

        Raises `auth.LoginRefusedError` (wrong `old`), ConfigError, ProtocolError NOT_FOUND.
        """

    def listen_revoked(self, listener: Callable[[str], None]) -> Unlisten:
        """Called with a user's name when the user is disabled, removed, renamed, given another
        role or password, or when the role's rights change: all the user's sessions end."""


class Cameras(Protocol):
    def hub(self, camera: str, role: StreamRole) -> StreamHub | None:
        """None: no such camera.  A camera with one stream gives that one for both roles."""

    async def started(self, camera: str) -> None:
        """Wait for a camera of the tree that is only being started, some seconds at most: clients
        are told of a new one before it has its streams."""

    def statuses(self) -> list[CameraStatus]:
        """Of every camera, now."""

    def listen_statuses(self, listener: Callable[[CameraStatus], None]) -> Unlisten:
        """Called on every change; the server sends at most one a second and camera."""

    def listen_detections(
        self, camera: str, listener: Callable[[int, list[SeenObject]], None]
    ) -> Unlisten:
        """Called with time (UTC us) and what is seen for every analysed frame of the camera."""

    async def control(self, camera: str, action: str, identity: Identity, address: str) -> None:
        """`action` is one of arm, disarm, record, stop-record, alarm; journals it.

        Raises ProtocolError NOT_FOUND or INVALID.
        """

    async def test(self, properties: dict[str, Any], device: str) -> tuple[DeviceTested, bytes]:
        """Try a device's settings; the bytes are one key frame ("" = none)."""


class Preview(Protocol):
    def change(self, properties: dict[str, Any]) -> None:
        """From the next picture on.  Raises ConfigError, and nothing changes then."""

    async def close(self) -> None:
        """The listener is not called any more once it returns."""


class Previews(Protocol):
    def open(
        self, camera: str, properties: dict[str, Any], listener: Callable[[Glimpse], None]
    ) -> Preview:
        """What a detector with these properties would see, for each analysed picture.  Raises
        ProtocolError NOT_FOUND, UNAVAILABLE, LIMIT and ConfigError."""


@define
class Trial:
    """A back-test as its client follows it.  Written by its thread: `share` done; read by it:
    `cancelled`."""

    share: float = 0.0
    cancelled: bool = False


class Trials(Protocol):
    """Stored metadata, and detectors tried on it."""

    async def run(self, order: BackTest, trial: Trial) -> BackTested:
        """Raises ProtocolError NOT_FOUND, UNAVAILABLE, CANCELLED and ConfigError."""

    async def stored(self) -> Metadata: ...


class Devices(Protocol):
    """The control side of devices.  All raise ProtocolError NOT_FOUND for what is not in the tree
    and `devices.port.DeviceError` for what the device refuses or does not have."""

    async def describe(self, device: str, fresh: bool) -> DeviceDescribed: ...

    async def set_stream(
        self, request: SetStream, identity: Identity, address: str
    ) -> StreamSetup:
        """What the device made of it; journals it."""

    async def set_clock(self, device: str, identity: Identity, address: str) -> int | None:
        """How far its clock was ahead, in us; journals it."""

    async def snapshot(self, camera: str) -> bytes:
        """A JPEG."""

    async def try_device(self, request: TryDevice) -> tuple[DeviceTried, bytes]:
        """The bytes are a JPEG, or empty."""

    async def add(self, devices: list[NewDevice], identity: Identity, address: str) -> Changed:
        """All or none.  Raises what `Tree.apply` raises."""

    def discover(self, listener: Callable[[list[FoundDevice]], None]) -> Unlisten:
        """Look until unlistened; the listener is called at once with what is known already."""

    async def switch(
        self, relay: str, on: bool, seconds: float, identity: Identity, address: str
    ) -> None:
        """Journals it."""

    async def talk(
        self, camera: str, identity: Identity, address: str, on_end: Callable[[str], None]
    ) -> Speech:
        """Raises ProtocolError CONFLICT naming who speaks already.  `on_end`: the device has
        gone, and why; never after `Speech.close`."""

    def states(self) -> list[DeviceNotice]: ...

    def listen_states(self, listener: Callable[[DeviceNotice], None]) -> Unlisten: ...

    def io_states(self) -> list[IoState]:
        """Of every sensor and relay."""

    def listen_io(self, listener: Callable[[IoState], None]) -> Unlisten: ...


class Ptz(Protocol):
    """As `Devices`."""

    async def state(self, camera: str) -> PtzState: ...

    async def steer(
        self, request: Request, identity: Identity, address: str, session: object
    ) -> Message:
        """Any request of `protocol.messages.ptz` but `GetPtz`.  Raises ProtocolError CONFLICT
        naming who steers already, FORBIDDEN below the camera's least priority."""

    def session_ended(self, session: object) -> None:
        """What it moves stops."""

    def holders(self) -> list[PtzHolder]:
        """Of every camera with telemetry."""

    def listen(self, listener: Callable[[PtzHolder], None]) -> Unlisten: ...


class Archives(Protocol):
    async def timeline(self, camera: str, begin_us: int, end_us: int, detail_us: int) -> TimeLine:
        """Footage, gaps, detector and alarm spans of all archives.  Raises NOT_FOUND."""

    async def key_frame_at(self, camera: str, time_us: int) -> Packet | None:
        """The key frame at or before a time."""

    def gops(
        self,
        camera: str,
        archive: str,
        from_us: int,
        reverse: bool,
        key_frames_only: bool,
        audio: bool,
    ) -> AsyncIterator[list[Packet]]:
        """One list a GOP, as `archive.reader.Reader.gops`; ends where the footage ends."""

    async def timelines(
        self, cameras: list[str], begin_us: int, end_us: int, detail_us: int
    ) -> list[CameraLine]:
        """Footage and gaps of many cameras."""

    async def find_recording(
        self, camera: str, time_us: int, reverse: bool
    ) -> tuple[int, int] | None:
        """The stretch of footage that begins next after (`reverse`: last before) a time."""

    async def find_alarm(self, camera: str, time_us: int, reverse: bool) -> tuple[int, int] | None:
        """As `find_recording`, of alarms."""

    async def interval(self, camera: str, begin_us: int, end_us: int, count: int) -> list[Packet]:
        """At most `count` key frames, spread evenly over the footage of a period, in order."""


class Vault(Protocol):
    """What the archives keep.  `who`: user and address, for the journal."""

    async def coverage(
        self, camera: str, archive: str, begin_us: int, end_us: int
    ) -> list[CoverageDay]:
        """Of one archive, or ("") of all together; up to now."""

    async def protect(
        self, camera: str, archive: str, period: tuple[int, int], reason: str, who: tuple[str, str]
    ) -> list[ProtectionRecord]:
        """Raises ProtocolError NOT_FOUND when there is no such footage."""

    async def unprotect(self, protection: str, who: tuple[str, str]) -> None:
        """Raises ProtocolError NOT_FOUND."""

    def protections(self) -> list[ProtectionRecord]:
        """Those that hold."""

    async def archives(self) -> list[ArchiveState]: ...


class Exports(Protocol):
    """Export jobs; `archive.export.jobs.Exports` says more."""

    limit_bytes: int

    @property
    def used_bytes(self) -> int: ...

    def records(self) -> list[ExportRecord]:
        """Newest first."""

    def listen(self, listener: Callable[[ExportRecord], None]) -> Unlisten:
        """Called on every change of a job; progress at most twice a second."""

    async def start(self, order: StartExport, by: Author, keep: bool = True) -> ExportRecord:
        """`keep` False: it is in no list, and gone with the next start of the server.  Raises
        ProtocolError NOT_FOUND, INVALID, LIMIT."""

    async def cancel(self, job_id: str, by: Author) -> None:
        """Raises ProtocolError NOT_FOUND, CONFLICT."""

    async def delete(self, job_id: str, by: Author) -> None:
        """Raises ProtocolError NOT_FOUND, CONFLICT."""

    async def discard(self, job_id: str, by: Author) -> None:
        """Stop and forget it, in whatever state."""

    async def wait(self, job_id: str) -> ExportRecord:
        """Until it has ended.  Raises ProtocolError NOT_FOUND."""

    def share(self, job_id: str) -> float:
        """How far it is, [0; 1].  Raises ProtocolError NOT_FOUND."""

    def result(self, job_id: str) -> Path:
        """The file of a job that is done.  Raises ProtocolError NOT_FOUND, CONFLICT."""

    def reading(self, job_id: str, on: bool) -> None:
        """Somebody begins or ends to take the result: it stays meanwhile."""

    def fetched(self, job_id: str, by: Author) -> None:
        """All of it was sent: journals it."""


class Tree(Protocol):
    @property
    def revision(self) -> int: ...

    def records(self) -> list[ObjectRecord]:
        """All objects, passwords blanked."""

    def schema(self) -> list[KindSchema]: ...

    async def apply(self, changes: list[Change], identity: Identity, address: str) -> Changed:
        """All or none.  Raises what `config.tree.ConfigTree.apply` raises."""

    def listen(self, listener: Callable[[TreeChanged], None]) -> Unlisten: ...


class Journal(Protocol):
    async def query(self, request: QueryJournal) -> JournalPage: ...

    def listen(self, listener: Callable[[EventRecord], None]) -> Unlisten: ...


class Alarms(Protocol):
    async def query(self, request: QueryAlarms) -> AlarmPage: ...

    def pending(self) -> list[AlarmRecord]:
        """Not evaluated yet, oldest first."""

    async def take(self, alarm: str, release: bool, identity: Identity, address: str) -> None:
        """Raises ProtocolError NOT_FOUND, or CONFLICT naming who holds it."""

    async def evaluate(self, request: EvaluateAlarm, identity: Identity, address: str) -> None:
        """Raises ProtocolError NOT_FOUND, CONFLICT, INVALID."""

    def listen(self, listener: Callable[[AlarmRecord], None]) -> Unlisten: ...


@frozen
class Load:
    """The server's own load; `cpu_percent` of all cores together [0; 100]; `step`: what gives way
    to it; `machine_percent`: as `cpu_percent`, with all other programs."""

    cpu_percent: float
    memory_bytes: int
    archive_bytes: int
    archive_quota_bytes: int
    step: LoadStep = LoadStep.NORMAL
    machine_percent: float = 0.0


@frozen
class System:
    """All that sessions see of the daemon."""

    node: str
    node_name: str
    software: str
    started_us: int
    clock: Clock
    bus: EventBus
    auth: Authenticator
    cameras: Cameras
    previews: Previews
    trials: Trials
    devices: Devices
    ptz: Ptz
    archives: Archives
    vault: Vault
    tree: Tree
    journal: Journal
    alarms: Alarms
    load: Callable[[], Load]
    exports: Exports
    evidence_key: str = ""  # fingerprint
