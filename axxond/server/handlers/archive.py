"""Time lines and single pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from axxond.media.packet import Packet
from axxond.server.errors import invalid, not_found
from protocol.messages import (
    FindNext,
    Found,
    GetPicture,
    GetPictures,
    GetTimeLine,
    GetTimeLines,
    Picture,
    Pictures,
    TimeLine,
    TimeLines,
)
from protocol.types import PictureAt, StreamRole, VideoFormat

if TYPE_CHECKING:
    from axxond.server.session import Session

# No screen shows more spans than it has pixels; the answer's size follows from it.
_MAX_STEPS = 20_000
_MAX_CAMERAS = 256
_MAX_PICTURES = 64
# Below what a frame of the wire may hold.
_MAX_PICTURES_BYTES = 24 << 20


async def get_time_line(session: Session, request: GetTimeLine) -> TimeLine:
    _check_period(request.begin_us, request.end_us)
    detail_us = max(request.detail_us, (request.end_us - request.begin_us) // _MAX_STEPS, 1)
    request = evolve(request, detail_us=detail_us)
    return await session.system.archives.timeline(
        request.camera, request.begin_us, request.end_us, request.detail_us
    )


async def get_time_lines(session: Session, request: GetTimeLines) -> TimeLines:
    _check_period(request.begin_us, request.end_us)
    if len(request.cameras) > _MAX_CAMERAS:
        raise invalid("cameras", f"at most {_MAX_CAMERAS}, not {len(request.cameras)}")
    steps = max(1, _MAX_STEPS // max(1, len(request.cameras)))
    detail_us = max(request.detail_us, (request.end_us - request.begin_us) // steps, 1)
    archives = session.system.archives
    return TimeLines(
        await archives.timelines(request.cameras, request.begin_us, request.end_us, detail_us)
    )


async def find_next(session: Session, request: FindNext) -> Found:
    archives = session.system.archives
    where = (request.camera, request.time_us, request.reverse)
    if request.what == "recording":
        found = await archives.find_recording(*where)
    elif request.what == "alarm":
        found = await archives.find_alarm(*where)
    else:
        raise invalid("what", f"{request.what!r} is not one of recording, alarm")
    return Found(*found) if found is not None else Found(None)


async def get_pictures(session: Session, request: GetPictures) -> tuple[Pictures, bytes]:
    _check_period(request.begin_us, request.end_us)
    if not 0 < request.count <= _MAX_PICTURES:
        raise invalid("count", f"{request.count} is out of [1; {_MAX_PICTURES}]")
    frames = await session.system.archives.interval(
        request.camera, request.begin_us, request.end_us, request.count
    )
    pictures: list[PictureAt] = []
    payload = bytearray()
    for frame in frames:
        fits = len(payload) + len(frame.data) <= _MAX_PICTURES_BYTES
        if fits and isinstance(frame.format, VideoFormat):
            pictures.append(PictureAt(frame.pts_us, frame.format, len(frame.data)))
            payload += frame.data
    return Pictures(pictures), bytes(payload)


def _check_period(begin_us: int, end_us: int) -> None:
    if begin_us >= end_us:
        raise invalid("end_us", "the end is not after the beginning")


async def get_picture(session: Session, request: GetPicture) -> tuple[Picture, bytes]:
    if request.time_us is None:
        packet = _newest(session, request.camera)
    else:
        packet = await session.system.archives.key_frame_at(request.camera, request.time_us)
    if packet is None or not isinstance(packet.format, VideoFormat):
        return Picture(request.time_us or 0, None), b""
    return Picture(packet.pts_us, packet.format), packet.data


def _newest(session: Session, camera: str) -> Packet | None:
    """The newest key frame of the high stream, of the low one while that is not there."""
    cameras = session.system.cameras
    hubs = [cameras.hub(camera, role) for role in (StreamRole.HIGH, StreamRole.LOW)]
    if hubs[0] is None:
        raise not_found("camera", camera)
    gops = [hub.ring.newest_gop() for hub in hubs if hub is not None]
    return next((gop[0] for gop in gops if gop), None)
