"""Which parts must run for a tree of objects, and what a change of it touches.  Pure.

A part holds everything that it is made from, the parts that it stands on included: two parts that
are equal need no restart, and a part on a changed one is changed itself.  Hubs are not made from
settings, so that viewers, recordings and detectors stay when a camera's address changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.analytics import chain, tracking_settings
from axxond.analytics.kinds import is_of_sound
from axxond.app.names import ARCHIVES_FOLDER, ATTACHED_FOLDER, BESIDE_FOLDER
from axxond.archive.model import ArchiveSettings, VolumeSettings
from axxond.base.schedule import NEVER, Schedule
from axxond.base.schedule import parse as parse_schedule
from axxond.base.units import SECOND_US
from axxond.config.objects import ConfigObject, Objects, children, of_kind
from axxond.devices.control import ControlSettings
from axxond.devices.port import StreamSettings
from axxond.stream.hub import StreamKey
from protocol.types import ObjectKind, StreamRole

_GB = 1_000_000_000
CAMERA_SIDE = "camera_side"  # a detector that the camera itself is
# Properties of a detector that say when it counts or what it starts, not how it sees.
_NOT_SEEING = (
    "enabled",
    "stream",
    "schedule",
    "armed_only",
    "raises_alarm",
    "relay",
    "relay_s",
    "telemetry",
    "ptz_preset",
    "camera_events",
    "source",
)


@frozen
class ArchivePart:
    settings: ArchiveSettings


@frozen
class HubPart:
    """A place where a camera's stream can be read, whether it runs or not."""

    key: StreamKey


@frozen
class StreamPart:
    """One stream of one camera, to be kept running."""

    key: StreamKey
    settings: StreamSettings
    driver: str


@frozen
class LinkPart:
    """A recording."""

    id: str
    camera: str
    camera_name: str
    hub: HubPart
    archive: str
    folders: tuple[Path, ...]  # the archive's: with other folders it is another archive
    mode: str
    audio: bool
    pre_event_us: int
    post_event_us: int
    schedule: Schedule = NEVER
    key_frames_only: bool = False


@frozen
class DetectorPart:
    id: str
    kind: str
    properties: Mapping[str, Any]


@frozen
class AnalyticsPart:
    """All detectors that look at one stream of a camera, or all that listen to its sound (which
    is that of the high stream: many cameras send the low one without).  `records`: its tracker's
    objects are stored; at most one of a camera's."""

    hub: HubPart
    detectors: tuple[DetectorPart, ...]
    records: bool = False


@frozen
class ControlPart:
    """The control side of a device, to be kept alive beside its streams."""

    device: str
    settings: ControlSettings
    driver: str


Part = ArchivePart | HubPart | StreamPart | LinkPart | AnalyticsPart | ControlPart
# Parts start in this order and stop in the other.
ORDER: tuple[type[Part], ...] = (
    ArchivePart,
    HubPart,
    LinkPart,
    AnalyticsPart,
    StreamPart,
    ControlPart,
)
Parts = Mapping[str, Part]


@frozen
class Difference:
    """First stop, then start, then alter, each in order; parts in none of them are left alone."""

    stop: tuple[tuple[str, Part], ...]
    start: tuple[tuple[str, Part], ...]
    alter: tuple[tuple[str, Part], ...]  # as they become


def difference(old: Parts, new: Parts) -> Difference:
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    alter = {name for name in changed & old.keys() & new.keys() if _goes_on(old[name], new[name])}
    stop = [(name, old[name]) for name in old if name in changed - alter]
    start = [(name, new[name]) for name in new if name in changed - alter]
    return Difference(
        tuple(sorted(stop, key=_place, reverse=True)),
        tuple(sorted(start, key=_place)),
        tuple(sorted(((name, new[name]) for name in new if name in alter), key=_place)),
    )


def _goes_on(old: Part, new: Part) -> bool:
    """Whether a part can take its new settings while it runs."""
    if isinstance(old, ArchivePart) and isinstance(new, ArchivePart):
        return _folders(old.settings) == _folders(new.settings)
    if isinstance(old, LinkPart) and isinstance(new, LinkPart):
        return (old.hub, old.archive, old.folders) == (new.hub, new.archive, new.folders)
    if isinstance(old, AnalyticsPart) and isinstance(new, AnalyticsPart):
        return old.hub == new.hub and not any(is_of_sound(one.kind) for one in new.detectors)
    return False


def _place(named: tuple[str, Part]) -> int:
    return ORDER.index(type(named[1]))


def wanted(objects: Objects, data_folder: Path) -> dict[str, Part]:
    """All parts by a name that stays the same when an object is altered."""
    parts: dict[str, Part] = {}
    for archive in of_kind(objects, ObjectKind.ARCHIVE):
        parts[f"archive {archive.id}"] = archive_part(objects, archive, data_folder)
    for camera in of_kind(objects, ObjectKind.CAMERA):
        parts.update(_of_camera(objects, camera, parts))
    for device in of_kind(objects, ObjectKind.DEVICE):
        if device["enabled"]:
            settings = control_settings(device.properties)
            parts[f"control {device.id}"] = ControlPart(device.id, settings, device["driver"])
    return parts


def archive_part(objects: Objects, archive: ConfigObject, data_folder: Path) -> ArchivePart:
    folder = archive["path"]
    path = Path(folder).expanduser() if folder else data_folder / ARCHIVES_FOLDER / archive.id
    first = _volume(archive, path)
    more = [
        _volume(volume, Path(volume["path"]).expanduser())
        for volume in children(objects, archive.id, ObjectKind.VOLUME)
    ]
    read_only = archive["read_only"]
    beside = data_folder / (ATTACHED_FOLDER if read_only else BESIDE_FOLDER) / archive.id
    settings = ArchiveSettings(
        archive.id,
        path,
        first.quota_bytes,
        first.days,
        first.floor_bytes,
        tuple(more),
        beside,
        read_only,
    )
    return ArchivePart(settings)


def _volume(obj: ConfigObject, path: Path) -> VolumeSettings:
    quota, floor = round(obj["quota_gb"] * _GB), round(obj["floor_gb"] * _GB)
    return VolumeSettings(path, quota, obj["days"], floor)


def _folders(settings: ArchiveSettings) -> tuple[Path | None, ...]:
    return (settings.beside, *(volume.path for volume in settings.volumes))


def control_settings(device: Mapping[str, Any]) -> ControlSettings:
    """From a device's properties."""
    return ControlSettings(
        url=device["url"],
        user=device["user"],
        password=device["password"],
        compatibility=device["compatibility"],
        timeout_s=device["connect_timeout_s"],
    )


def address(device: Mapping[str, Any], camera: Mapping[str, Any], role: StreamRole) -> str:
    """Of a camera's stream: its own, else its device's; "": there is no such stream."""
    name = "low_url" if role is StreamRole.LOW else "url"
    whose = camera if camera.get("url") or camera.get("low_url") else device
    return str(whose.get(name) or (device["url"] if role is StreamRole.HIGH else ""))


def stream_settings(
    device: Mapping[str, Any], camera: Mapping[str, Any], role: StreamRole
) -> StreamSettings:
    """From the properties of a device and of its camera ({}: not in the tree yet)."""
    return StreamSettings(
        url=address(device, camera, role),
        user=device["user"],
        password=device["password"],
        audio=device["audio"],
        connect_timeout_s=device["connect_timeout_s"],
        stall_timeout_s=device["stall_timeout_s"],
        compatibility=device["compatibility"],
    )


def roles_of(device: ConfigObject, camera: ConfigObject) -> list[StreamRole]:
    """The streams that a camera has."""
    low = address(device.properties, camera.properties, StreamRole.LOW)
    return [StreamRole.HIGH] + ([StreamRole.LOW] if low else [])


def _role_at(roles: Mapping[StreamRole, object], wish: str) -> StreamRole:
    """The stream that a wish gets: a camera with one stream has that for everything."""
    low = wish == StreamRole.LOW and StreamRole.LOW in roles
    return StreamRole.LOW if low else StreamRole.HIGH


def _of_camera(
    objects: Objects, camera: ConfigObject, archives: Parts
) -> Iterator[tuple[str, Part]]:
    device = objects[camera.parent]
    roles = roles_of(device, camera)
    hubs = {role: HubPart(StreamKey(camera.id, role)) for role in roles}
    for role, hub in hubs.items():
        yield f"hub {camera.id} {role}", hub
    if not device["enabled"]:
        return
    for role, hub in hubs.items():
        settings = stream_settings(device.properties, camera.properties, role)
        yield f"stream {camera.id} {role}", StreamPart(hub.key, settings, device["driver"])
    for link in children(objects, camera.id, ObjectKind.RECORDING):
        archive = archives[f"archive {link['archive']}"]
        assert isinstance(archive, ArchivePart)
        if link["mode"] != "never":
            hub = hubs[_role_at(hubs, link["stream"])]
            yield f"link {link.id}", _link(camera, link, hub, archive)
    yield from _analytics(objects, camera, hubs)


def _link(
    camera: ConfigObject, link: ConfigObject, hub: HubPart, archive: ArchivePart
) -> LinkPart:
    return LinkPart(
        link.id,
        camera.id,
        camera.name,
        hub,
        archive.settings.id,
        tuple(volume.path for volume in archive.settings.volumes),
        link["mode"],
        link["audio"],
        round(link["pre_event_s"] * SECOND_US),
        round(link["post_event_s"] * SECOND_US),
        parse_schedule(link["schedule"]),
        link["key_frames_only"],
    )


def _analytics(
    objects: Objects,
    camera: ConfigObject,
    hubs: Mapping[StreamRole, HubPart],
) -> Iterator[tuple[str, Part]]:
    parts: dict[str, tuple[HubPart, list[DetectorPart]]] = {}
    for detector in children(objects, camera.id, ObjectKind.DETECTOR):
        if not detector["enabled"] or detector["type"] == CAMERA_SIDE:
            continue
        properties = {
            name: value for name, value in detector.properties.items() if name not in _NOT_SEEING
        }
        made = DetectorPart(detector.id, detector["type"], properties)
        if is_of_sound(made.kind):
            name, role = f"listening {camera.id}", StreamRole.HIGH
        else:
            role = _role_at(hubs, detector["stream"])
            name = f"analytics {camera.id} {role}"
        parts.setdefault(name, (hubs[role], []))[1].append(made)
    recording = _recording(parts)
    for name, (hub, detectors) in parts.items():
        yield name, AnalyticsPart(hub, tuple(detectors), name == recording)


def _recording(parts: Mapping[str, tuple[HubPart, list[DetectorPart]]]) -> str:
    """The part whose objects are stored: that of the camera's tracker, else one that follows
    objects, on the low stream if there is one; "" for none."""
    following = ""
    for name, (hub, detectors) in parts.items():
        for detector in detectors:
            if detector.kind == tracking_settings.KIND:
                return name if detector.properties["record_metadata"] else ""
            low = hub.key.role is StreamRole.LOW
            if detector.kind in chain.WITH_OBJECTS and (low or not following):
                following = name
    return following
