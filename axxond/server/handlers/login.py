"""Log-in and passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.messages import ChangePassword, Done, Login, LoginReply
from protocol.types import Right

if TYPE_CHECKING:
    from axxond.server.session import Session


async def login(session: Session, request: Login) -> LoginReply:
    system = session.system
    identity = await system.auth.login(request.user, request.password, session.address)
    session.logged_in(identity)
    return LoginReply(
        identity.user,
        identity.role,
        sorted(identity.rights),
        system.node,
        system.node_name,
        system.clock.now_us(),
    )


async def change_password(session: Session, request: ChangePassword) -> Done:
    if request.user not in ("", session.who.user):
        session.demand(Right.USERS, request.NAME)
    await session.system.auth.change_password(request, session.who, session.address)
    return Done()
