"""Control of cameras, and the server's own state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axxond.server.errors import invalid
from protocol.messages import ControlCamera, Done, GetStatus, ServerStatus

if TYPE_CHECKING:
    from axxond.server.session import Session

_ACTIONS = ("arm", "disarm", "record", "stop-record", "alarm")


async def control_camera(session: Session, request: ControlCamera) -> Done:
    if request.action not in _ACTIONS:
        raise invalid("action", f"{request.action!r} is not one of {', '.join(_ACTIONS)}")
    cameras = session.system.cameras
    await cameras.control(request.camera, request.action, session.who, session.address)
    return Done()


async def get_status(session: Session, _: GetStatus) -> ServerStatus:
    system = session.system
    load = system.load()
    return ServerStatus(
        node=system.node,
        name=system.node_name,
        software=system.software,
        started_us=system.started_us,
        time_us=system.clock.now_us(),
        cameras=system.cameras.statuses(),
        cpu_percent=load.cpu_percent,
        memory_bytes=load.memory_bytes,
        archive_bytes=load.archive_bytes,
        archive_quota_bytes=load.archive_quota_bytes,
        clients=session.shared.clients,
        evidence_key=system.evidence_key,
        load_step=load.step,
        machine_percent=load.machine_percent,
    )
