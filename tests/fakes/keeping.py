"""What the fake server's one archive keeps."""

from __future__ import annotations

from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    Archives,
    Coverage,
    Done,
    FindNext,
    Found,
    GetArchives,
    GetCoverage,
    GetPicture,
    GetPictures,
    GetProtections,
    GetTimeLine,
    GetTimeLines,
    Picture,
    Pictures,
    Protect,
    Protections,
    TimeLine,
    TimeLines,
    Unprotect,
)
from protocol.types import (
    ArchiveCamera,
    ArchiveState,
    CameraLine,
    CoverageDay,
    LinkPlan,
    ObjectKind,
    ObjectRecord,
    PictureAt,
    ProtectionRecord,
    VolumeState,
)
from tests.fakes.media import Media
from tests.fakes.objects import camera_of
from tests.fakes.session import Answer, Session, now_us
from tests.fakes.world import World

_DAY_US = 86_400_000_000


class Keeping:
    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media
        self._held: dict[str, ProtectionRecord] = {}
        self._made = 0

    def timelines(self, session: Session, message: GetTimeLines) -> Answer:
        lines = []
        for camera in message.cameras:
            asked = GetTimeLine(camera, message.begin_us, message.end_us, message.detail_us)
            line = self._media.timeline(session, asked)
            assert isinstance(line, TimeLine)
            kept = [span for span in line.spans if span.kind in ("footage", "gap")]
            lines.append(CameraLine(camera, line.first_us, line.last_us, kept))
        return TimeLines(lines)

    def find(self, session: Session, message: FindNext) -> Answer:
        camera = camera_of(self._world, message.camera)
        kind = "footage" if message.what == "recording" else "alarm"
        spans = [one for one in [*camera.footage, *camera.marks] if one.kind == kind]
        if message.reverse:
            found = [one for one in spans if one.begin_us < message.time_us][-1:]
        else:
            found = [one for one in spans if one.begin_us > message.time_us][:1]
        return Found(found[0].begin_us, found[0].end_us) if found else Found(None)

    def pictures(self, session: Session, message: GetPictures) -> Answer:
        step = (message.end_us - message.begin_us) // message.count
        pictures: dict[int, PictureAt] = {}
        payload = b""
        for number in range(message.count):
            at = message.begin_us + number * step + step // 2
            answer = self._media.picture(session, GetPicture(message.camera, at))
            assert isinstance(answer, tuple)
            picture, data = answer
            assert isinstance(picture, Picture)
            if picture.format is not None and picture.time_us not in pictures:
                entry = PictureAt(picture.time_us, picture.format, len(data))
                pictures[picture.time_us] = entry
                payload += data
        return Pictures(list(pictures.values())), payload

    def coverage(self, session: Session, message: GetCoverage) -> Answer:
        spans = camera_of(self._world, message.camera).footage
        days = []
        for begin in range(message.begin_us, message.end_us, _DAY_US):
            end = min(begin + _DAY_US, message.end_us)
            parts = {"footage": 0, "gap": 0}
            for span in spans:
                inside = max(0, min(span.end_us, end) - max(span.begin_us, begin))
                parts[span.kind] = parts.get(span.kind, 0) + inside
            there, lost = parts["footage"], parts["gap"]
            why = {"camera-down": lost} if lost else {}
            days.append(CoverageDay(begin, end, there, end - begin - there - lost, why))
        return Coverage(days)

    def protect(self, session: Session, message: Protect) -> Answer:
        camera_of(self._world, message.camera)
        self._made += 1
        id_, period = f"protection{self._made}", (message.begin_us, message.end_us)
        made = ProtectionRecord(
            id_, "archive", message.camera, *period, message.reason, "admin", now_us()
        )
        self._held[id_] = made
        return Protections([made])

    def unprotect(self, session: Session, message: Unprotect) -> Answer:
        if self._held.pop(message.protection, None) is None:
            text = "there is no such protection"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, message.protection)
        return Done()

    def protections(self, session: Session, message: GetProtections) -> Answer:
        return Protections(list(self._held.values()))

    def archives(self, session: Session, message: GetArchives) -> Answer:
        whole = [camera for camera in self._world.cameras.values() if camera.footage]
        first = min((camera.footage[0].begin_us for camera in whole), default=None)
        last = max((camera.footage[-1].end_us for camera in whole), default=None)
        volume = VolumeState("/archive", True, 20_000_000_000, 5_000_000_000, 0, first, last, [])
        cameras = [
            ArchiveCamera(one.id, one.name, one.footage[0].begin_us, one.footage[-1].end_us, 10**9)
            for one in whole
        ]
        plan = [LinkPlan("", one.id, 2_000_000, _DAY_US, 12.5) for one in whole]
        state = ArchiveState("archive-1", "Archive", False, [volume], cameras, plan, 12.5, 14)
        return Archives([state, *map(self._foreign, self._attached())])

    def _attached(self) -> list[ObjectRecord]:
        archives = [one for one in self._world.objects.values() if one.kind == ObjectKind.ARCHIVE]
        return [one for one in archives if one.properties.get("read_only")]

    def _foreign(self, record: ObjectRecord) -> ArchiveState:
        """It holds what the first two cameras recorded."""
        cameras = [
            ArchiveCamera(
                f"{record.id}:{one.id}", one.name, one.footage[0].begin_us,
                one.footage[-1].end_us, 3 * 10**9,
            )
            for one in list(self._world.cameras.values())[:2]
        ]  # fmt: skip
        path = str(record.properties["path"])
        first, last = cameras[0].first_us, cameras[0].last_us
        volume = VolumeState(path, True, 0, 6_000_000_000, 0, first, last, [])
        return ArchiveState(record.id, record.name, True, [volume], cameras, [], None, 0)
