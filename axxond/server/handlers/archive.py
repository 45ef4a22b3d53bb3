"""Time lines and single pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from axxond.media.packet import Packet
from axxond.server.errors import invalid, not_found
from protocol.messages import GetPicture, GetTimeLine, Picture, TimeLine
from protocol.types import StreamRole, VideoFormat

if TYPE_CHECKING:
    from axxond.server.session import Session

# No screen shows more spans than it has pixels; the answer's size follows from it.
_MAX_STEPS = 20_000


async def get_time_line(session: Session, request: GetTimeLine) -> TimeLine:
    if request.begin_us >= request.end_us:
        raise invalid("end_us", "the end is not after the beginning")
    detail_us = max(request.detail_us, (request.end_us - request.begin_us) // _MAX_STEPS, 1)
    request = evolve(request, detail_us=detail_us)
    return await session.system.archives.timeline(
        request.camera, request.begin_us, request.end_us, request.detail_us
    )


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
