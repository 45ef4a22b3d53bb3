"""What the archives keep: coverage, protections, their own state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axxond.base.units import DAY_US
from axxond.server.errors import invalid
from protocol.messages import (
    Archives,
    Coverage,
    Done,
    GetArchives,
    GetCoverage,
    GetProtections,
    Protect,
    Protections,
    Unprotect,
)

if TYPE_CHECKING:
    from axxond.server.session import Session

_MAX_DAYS = 400
_MAX_REASON = 500


async def get_coverage(session: Session, request: GetCoverage) -> Coverage:
    if not 0 < request.end_us - request.begin_us <= _MAX_DAYS * DAY_US:
        raise invalid("end_us", f"the period must be longer than 0 and at most {_MAX_DAYS} days")
    return Coverage(
        await session.system.vault.coverage(
            request.camera, request.archive, request.begin_us, request.end_us
        )
    )


async def protect(session: Session, request: Protect) -> Protections:
    if request.begin_us >= request.end_us:
        raise invalid("end_us", "the end is not after the beginning")
    reason = request.reason.strip()
    if not 0 < len(reason) <= _MAX_REASON:
        raise invalid("reason", f"say why, in at most {_MAX_REASON} characters")
    who = session.who.user, session.address
    period = request.begin_us, request.end_us
    made = await session.system.vault.protect(request.camera, request.archive, period, reason, who)
    return Protections(made)


async def unprotect(session: Session, request: Unprotect) -> Done:
    who = session.who.user, session.address
    await session.system.vault.unprotect(request.protection, who)
    return Done()


async def get_protections(session: Session, _: GetProtections) -> Protections:
    return Protections(session.system.vault.protections())


async def get_archives(session: Session, _: GetArchives) -> Archives:
    return Archives(await session.system.vault.archives())
