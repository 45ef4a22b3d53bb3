"""A server's answers without a server: models and widgets ask, the test decides what they get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QObject

from axxon_client.model.bridge import Done, Failed, Failure
from axxon_client.model.session import Session
from axxond.config.schema import SCHEMA
from protocol.messages import (
    AlarmPage,
    Change,
    Changed,
    ChangeTree,
    ExportJobs,
    GetPicture,
    GetProtections,
    GetSchema,
    GetTimeLine,
    GetTree,
    JournalPage,
    ListExports,
    LoginReply,
    Picture,
    Protections,
    QueryAlarms,
    QueryJournal,
    Request,
    Schema,
    TimeLine,
    Tree,
)
from protocol.types import (
    CameraStatus,
    DeviceState,
    FailureKind,
    ObjectKind,
    ObjectRecord,
    Right,
)

NOW_US = 1_763_812_800_000_000  # 2025-11-22 12:00:00 UTC
SERVER = "node"


class FakeRequester:
    """`answers[Class]` makes a reply (or a Failure) of a request; what has no answer waits in
    `open` until the test calls one of its callbacks."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.open: list[tuple[Request, Done | None, Failed | None]] = []
        self.answers: dict[type[Request], Callable[[Any], Any]] = {}
        self.payload = b""

    def request(
        self,
        message: Request,
        done: Done | None = None,
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        self.asked.append(message)
        answer = self.answers.get(type(message))
        if answer is None:
            self.open.append((message, done, failed))
            return
        reply = answer(message)
        if isinstance(reply, Failure):
            if failed is not None:
                failed(reply)
        elif done is not None:
            done(reply, self.payload)

    def of(self, kind: type[Request]) -> list[Any]:
        return [message for message in self.asked if isinstance(message, kind)]


def record(
    key: str, kind: ObjectKind, parent: str = SERVER, name: str = "", **properties: object
) -> ObjectRecord:
    defaults = {field.name: field.default for field in SCHEMA[kind].fields}
    return ObjectRecord(key, kind, parent, name, 1, {**defaults, **properties})


def objects(cameras: int) -> list[ObjectRecord]:
    """A server with an archive, a role, a user, and so many cameras with all that belongs."""
    made = [
        ObjectRecord(SERVER, ObjectKind.SERVER, "", "shop", 1),
        record("archive", ObjectKind.ARCHIVE, name="Archive"),
        record("role", ObjectKind.ROLE, name="admin", rights=[right.value for right in Right]),
        record("user", ObjectKind.USER, name="admin", role="role"),
    ]
    for number in range(1, cameras + 1):
        device, camera = f"device{number}", f"camera{number}"
        address = f"rtsp://192.0.2.{number}/high"
        made += [
            record(device, ObjectKind.DEVICE, name=f"Door {number}", url=address),
            record(camera, ObjectKind.CAMERA, device, f"Door {number}", number=number),
            record(f"detector{number}", ObjectKind.DETECTOR, camera, "Motion"),
            record(
                f"recording{number}", ObjectKind.RECORDING, camera, "Archive", archive="archive"
            ),
        ]
    return made


def status(camera: str, **fields: Any) -> CameraStatus:
    values: dict[str, Any] = {
        "state": DeviceState.ONLINE,
        "since_us": NOW_US - 120_000_000,
        "failure": None,
        "reason": "",
        "armed": True,
        "recording": True,
        "alarm": False,
        "received_packets": 100,
        "lost_packets": 0,
        "bitrate_bps": 500_000,
        "fps": 25.0,
    }
    return CameraStatus(camera, **{**values, **fields})


def no_signal(camera: str, failure: FailureKind = FailureKind.LOGIN) -> CameraStatus:
    return status(
        camera, state=DeviceState.WAITING, failure=failure, reason="refused", recording=False
    )


def make_session(
    requester: FakeRequester, cameras: int = 3, rights: frozenset[Right] = frozenset(Right)
) -> Session:
    """Logged in, tree loaded, all cameras online."""
    tree = objects(cameras)
    requester.answers.setdefault(GetSchema, lambda _m: Schema(list(SCHEMA.values())))
    requester.answers.setdefault(GetTree, lambda _m: Tree(1, tree))
    requester.answers.setdefault(QueryAlarms, lambda _m: AlarmPage([], False))
    requester.answers.setdefault(QueryJournal, lambda _m: JournalPage([], False))
    requester.answers.setdefault(GetTimeLine, lambda _m: TimeLine(None, None, []))
    requester.answers.setdefault(ListExports, lambda _m: ExportJobs([], 0, 20_000_000_000))
    requester.answers.setdefault(GetProtections, lambda _m: Protections([]))
    requester.answers.setdefault(GetPicture, lambda _m: Picture(0, None))
    session = Session(requester, "192.0.2.1")
    session.begin(LoginReply("admin", "admin", sorted(rights), SERVER, "shop", NOW_US))
    session.statuses.update([status(f"camera{n}") for n in range(1, cameras + 1)])
    return session


def accept_changes(requester: FakeRequester, session: Session) -> list[Change]:
    """Make the server take every change, and tell the tree; the list fills with them."""
    taken: list[Change] = []

    def answer(message: ChangeTree) -> Changed:
        ids = []
        revision = session.store.revision + 1
        changed, removed = [], []
        for place, change in enumerate(message.changes):
            taken.append(change)
            key = change.id or f"new{revision}{place}"
            ids.append(key)
            if change.remove:
                removed.append(key)
                continue
            old = session.store.get(key)
            kind = old.kind if old is not None else ObjectKind(change.kind)
            parent = old.parent if old is not None else change.parent
            name = change.name if change.name is not None else (old.name if old else "")
            values = {**(old.properties if old else {}), **change.properties}
            number = old.revision + 1 if old is not None else 1
            changed.append(ObjectRecord(key, kind, parent, name, number, values))
        session.store.update(revision, changed, removed)
        return Changed(revision, ids)

    requester.answers[ChangeTree] = answer
    return taken
