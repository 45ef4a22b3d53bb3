"""A fake server's tree, status and control."""

from __future__ import annotations

from axxond.config.schema import SCHEMA
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    Changed,
    ChangeTree,
    ControlCamera,
    DeviceTested,
    Done,
    GetSchema,
    GetTree,
    Schema,
    StatusNotice,
    TestDevice,
    TestedStream,
    Tree,
    TreeChanged,
)
from protocol.types import FailureKind, StreamRole
from tests.fakes import footage
from tests.fakes.records import Records
from tests.fakes.session import AUDIO, SIZES, Answer, Publish, Session
from tests.fakes.world import Camera, World

_REFUSALS = {
    "refused": (FailureKind.UNREACHABLE, "The camera refuses connections."),
    "login": (FailureKind.LOGIN, "The camera refuses the user name or the password."),
    "page": (FailureKind.NOT_VIDEO, "It answers, but not as a camera."),
}


class Objects:
    def __init__(self, world: World, publish: Publish, records: Records) -> None:
        self._world = world
        self._publish = publish
        self._records = records

    def tree(self, session: Session, message: GetTree) -> Answer:
        return Tree(self._world.revision, list(self._world.objects.values()))

    def schema(self, session: Session, message: GetSchema) -> Answer:
        return Schema(list(SCHEMA.values()))

    def change(self, session: Session, message: ChangeTree) -> Answer:
        changed, removed = self._world.apply(message.changes)
        revision = self._world.revision
        self._publish("tree", TreeChanged(revision, changed, removed, session.user))
        for item in changed:
            if item.id in self._world.cameras:
                self.status_of(self._world.cameras[item.id])
        return Changed(revision, [item.id for item in changed] + removed)

    def test_device(self, session: Session, message: TestDevice) -> Answer:
        """Addresses that contain "refused", "login" or "page" fail; all others work."""
        url = str(message.properties.get("url", ""))
        for word, (failure, text) in _REFUSALS.items():
            if word in url:
                return DeviceTested(failure, text)
        loop = footage.loop(1, *SIZES[StreamRole.HIGH])
        stream = TestedStream(StreamRole.HIGH, loop.format, AUDIO)
        return DeviceTested(None, "It works.", [stream]), loop.frames[0]

    def control(self, session: Session, message: ControlCamera) -> Answer:
        camera = camera_of(self._world, message.camera)
        match message.action:
            case "arm" | "disarm":
                camera.armed = message.action == "arm"
            case "record" | "stop-record":
                camera.recording = message.action == "record"
            case "alarm":
                self._records.raise_alarm(camera, "operator")
            case _:
                raise ProtocolError(ErrorCode.INVALID, f"No such action: {message.action}.")
        self.status_of(camera)
        return Done()

    def status_of(self, camera: Camera) -> None:
        self._publish("status", StatusNotice([self._world.status(camera)]))


def camera_of(world: World, key: str) -> Camera:
    """A camera, or one of an attached archive: `ARCHIVE:CAMERA`."""
    archive, _, there = key.rpartition(":")
    camera = world.cameras.get(there) if not archive or archive in world.objects else None
    if camera is None:
        raise ProtocolError(ErrorCode.NOT_FOUND, "No such camera.", key)
    return camera
