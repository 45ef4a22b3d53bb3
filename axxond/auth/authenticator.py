"""Log-in, and who may do what.  On the event loop; hashing runs in threads."""

from __future__ import annotations

import asyncio
import math

from attrs import frozen

from axxond.auth.passwords import Passwords
from axxond.auth.throttle import Throttle
from axxond.base.clock import Clock
from axxond.base.errors import AxxonError
from axxond.base.tasks import in_thread
from axxond.base.units import SECOND_US
from axxond.config.objects import ChangeRefusedError, ConfigObject
from axxond.config.rules import PASSWORD_MOST, password_problem, problem
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import USER_LOGIN, USER_LOGIN_FAILED, Event, EventType
from protocol.messages import Change
from protocol.types import ObjectKind, Right

# One verification takes 64 MiB and a core for tens of milliseconds.
_MAX_HASHING = 2
# Attempts that wait for one of those; more are turned away at once.
_MAX_WAITING = 64
_MAX_NAME = 100


class AuthError(AxxonError):
    """The log-in or the password change is refused; the text may be shown to the user."""


class LoginRefusedError(AuthError):
    """Wrong name or password (never said which), or a disabled user."""


class ThrottledError(AuthError):
    """Too many attempts; `wait_us` until the next is looked at."""

    def __init__(self, wait_us: int) -> None:
        super().__init__(
            f"Too many attempts to log in: try again in {math.ceil(wait_us / SECOND_US)} s."
        )
        self.wait_us = wait_us


@frozen
class Identity:
    """A user who has logged in.  `user` and `role` are names; `user_id` is the object."""

    user_id: str
    user: str
    role: str
    rights: frozenset[Right]
    ptz_priority: int = 50

    def may(self, right: Right | None) -> bool:
        """None: everyone who has logged in may."""
        return right is None or right in self.rights


class Authenticator:
    """Publishes `user.login` and `user.login-failed`; sessions publish the rest."""

    def __init__(
        self, tree: ConfigTree, passwords: Passwords, bus: EventBus, clock: Clock
    ) -> None:
        self._tree = tree
        self._passwords = passwords
        self._bus = bus
        self._clock = clock
        self._throttle = Throttle()
        self._hashing = asyncio.Semaphore(_MAX_HASHING)
        self._waiting = 0

    async def login(self, user: str, password: str, address: str) -> Identity:
        """Raises LoginRefusedError, ThrottledError."""
        name = user.strip()[:_MAX_NAME]
        found = self._find(name)
        good = await self._matches(found, name, password, address)
        if found is None or not good or (identity := self.identity(found.id)) is None:
            self._throttle.failed(name, address, self._clock.now_us())
            self._publish(USER_LOGIN_FAILED, found, name, address, "Log-in was refused")
            raise LoginRefusedError("The user name or the password is wrong.")
        self._throttle.succeeded(name, address)
        self._publish(USER_LOGIN, found, found.name, address, "Logged in")
        return identity

    def identity(self, user_id: str) -> Identity | None:
        """Who the user is now; None when removed or disabled.  Ask again after a change of the
        tree: a session's rights follow its role at once."""
        user = self._tree.find(user_id)
        if user is None or user.kind is not ObjectKind.USER or not user["enabled"]:
            return None
        role = self._tree.find(user["role"])
        if role is None:
            return None
        rights = frozenset(Right(right) for right in role["rights"])
        return Identity(user.id, user.name, role.name, rights, role["ptz_priority"])

    async def change_own_password(self, identity: Identity, old: str, new: str) -> None:
        """Raises LoginRefusedError when `old` is wrong, ThrottledError, ConfigError for `new`."""
        user = self._tree.get(identity.user_id)
        if not await self._matches(user, user.name, old, ""):
            self._throttle.failed(user.name, "", self._clock.now_us())
            raise LoginRefusedError("The old password is wrong.")
        self._throttle.succeeded(user.name, "")
        await self._set(self._tree.get(identity.user_id), new, identity.user)

    async def set_password(self, user: str, new: str, author: str) -> None:
        """Another user's, by name.  Raises LoginRefusedError for an unknown name, ConfigError."""
        found = self._find(user)
        if found is None:
            raise LoginRefusedError(f'There is no user "{user}".')
        await self._set(found, new, author)

    async def _set(self, user: ConfigObject, new: str, author: str) -> None:
        if text := password_problem(new, user.name):
            raise ChangeRefusedError([problem(user, "password", text)])
        change = Change(user.id, properties={"password": new}, revision=user.revision)
        await self._tree.apply([change], author)

    def _find(self, name: str) -> ConfigObject | None:
        folded = name.casefold()
        users = self._tree.of_kind(ObjectKind.USER)
        return next((user for user in users if user.name.casefold() == folded), None)

    async def _matches(
        self, user: ConfigObject | None, name: str, password: str, address: str
    ) -> bool:
        """Attempts made at once are throttled too: each looks when its turn has come."""
        if self._waiting >= _MAX_WAITING:
            raise ThrottledError(SECOND_US)
        self._waiting += 1
        try:
            async with self._hashing:
                wait_us = self._throttle.wait_us(name, address, self._clock.now_us())
                if wait_us > 0:
                    raise ThrottledError(wait_us)
                if len(password) > PASSWORD_MOST:
                    return False
                stored = user["password"] if user is not None else None
                return await in_thread(self._passwords.matches, stored, password)
        finally:
            self._waiting -= 1

    def _publish(
        self, kind: EventType, user: ConfigObject | None, name: str, address: str, text: str
    ) -> None:
        self._bus.publish(
            Event(
                kind,
                self._clock.now_us(),
                user.id if user is not None else "",
                name,
                text,
                user=name,
                address=address,
            )
        )
