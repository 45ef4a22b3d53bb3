"""The server's ports onto users, tree, journal and alarms.  On the event loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from axxond.auth import Authenticator, Identity
from axxond.base.clock import Clock
from axxond.config.objects import ConfigObject, TreeDelta
from axxond.config.schema import SCHEMA
from axxond.config.templates import complete
from axxond.config.tree import ConfigTree, new_id
from axxond.events.bus import EventBus
from axxond.events.types import CONFIG_CHANGED, USER_LOGIN, USER_LOGOUT, Event
from axxond.responses.alarms import AlarmBook, AlarmError, AlarmHeldError, UnknownAlarmError
from axxond.server import ports
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    AlarmPage,
    Change,
    Changed,
    ChangePassword,
    EvaluateAlarm,
    QueryAlarms,
    TreeChanged,
)
from protocol.types import AlarmRecord, KindSchema, ObjectKind, ObjectRecord

Unlisten = Callable[[], None]
# Whoever changes his own password hears that it was done before his session ends.
_REPLY_FIRST_S = 0.5


class Users:
    """`ports.Authenticator`."""

    def __init__(self, tree: ConfigTree, auth: Authenticator) -> None:
        self._tree = tree
        self._auth = auth
        self._known: dict[str, tuple[object, ...]] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._remember()
        tree.listen(self._on_tree)

    async def login(self, user: str, password: str, address: str) -> Identity:
        return await self._auth.login(user, password, address)

    async def change_password(
        self, request: ChangePassword, identity: ports.Identity, address: str
    ) -> None:
        if request.user and request.user.casefold() != identity.user.casefold():
            if not any(user.name == request.user for user in self._users()):
                text = "there is no such user"
                raise ProtocolError(ErrorCode.NOT_FOUND, text, request.user)
            await self._auth.set_password(request.user, request.new, identity.user)
            return
        own = next((user for user in self._users() if user.name == identity.user), None)
        known = self._auth.identity(own.id) if own is not None else None
        if known is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such user", identity.user)
        await self._auth.change_own_password(known, request.old, request.new)

    def listen_revoked(self, listener: Callable[[str], None]) -> Unlisten:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _users(self) -> list[ConfigObject]:
        return self._tree.of_kind(ObjectKind.USER)

    def _remember(self) -> dict[str, tuple[object, ...]]:
        """What a session's rights hang on, by user name; returns what was remembered."""
        before = self._known
        self._known = {
            user.name: (user.id, self._auth.identity(user.id), user["password"])
            for user in self._users()
        }
        return before

    def _on_tree(self, _delta: TreeDelta) -> None:
        before = self._remember()
        loop = asyncio.get_running_loop()
        for name, facts in before.items():
            now = self._known.get(name)
            if now is not None and now[:2] == facts[:2] and now != facts:
                loop.call_later(_REPLY_FIRST_S, self._revoke, name)
            elif now != facts:
                self._revoke(name)

    def _revoke(self, name: str) -> None:
        for listener in list(self._listeners):
            listener(name)


class Tree:
    """`ports.Tree`; journals changes."""

    def __init__(self, tree: ConfigTree, bus: EventBus, clock: Clock) -> None:
        self._tree = tree
        self._bus = bus
        self._clock = clock

    @property
    def revision(self) -> int:
        return self._tree.revision

    def records(self) -> list[ObjectRecord]:
        return [self._tree.record(obj) for obj in self._tree.all()]

    def schema(self) -> list[KindSchema]:
        return list(SCHEMA.values())

    async def apply(
        self, changes: list[Change], identity: ports.Identity, address: str
    ) -> Changed:
        """A new device becomes a recorded camera with a motion detector at once."""
        before = self._tree.snapshot()
        whole = complete(changes, before, new_id)
        done = await self._tree.apply(whole, identity.user)
        for change, id_ in zip(whole, done.ids, strict=True):
            obj = self._tree.find(id_) or before.get(id_)
            if obj is not None:
                self._journal(obj, _what(change), identity.user, address)
        return Changed(done.revision, done.ids[: len(changes)])

    def listen(self, listener: Callable[[TreeChanged], None]) -> Unlisten:
        def on_delta(delta: TreeDelta) -> None:
            changed = [self._tree.record(obj) for obj in delta.changed]
            listener(TreeChanged(delta.revision, changed, list(delta.removed), delta.author))

        return self._tree.listen(on_delta)

    def _journal(self, obj: ConfigObject, what: str, user: str, address: str) -> None:
        label = SCHEMA[obj.kind].label
        self._bus.publish(
            Event(
                CONFIG_CHANGED,
                self._clock.now_us(),
                obj.id,
                obj.name,
                f"{label}: {what}",
                user=user,
                address=address,
            )
        )


class Alarms:
    """`ports.Alarms`; a user whose last session ends gives back what was taken."""

    def __init__(self, book: AlarmBook, bus: EventBus) -> None:
        self._book = book
        self._sessions: Counter[str] = Counter()
        bus.listen(self._on_event)

    async def query(self, request: QueryAlarms) -> AlarmPage:
        return await self._book.query(request)

    def pending(self) -> list[AlarmRecord]:
        return self._book.pending()

    async def take(
        self, alarm: str, release: bool, identity: ports.Identity, address: str
    ) -> None:
        try:
            await self._book.take(alarm, identity.user, release, address)
        except AlarmError as error:
            raise _to_wire(error, alarm) from error

    async def evaluate(
        self, request: EvaluateAlarm, identity: ports.Identity, address: str
    ) -> None:
        try:
            await self._book.evaluate(
                request.alarm, identity.user, request.verdict, request.comment, address
            )
        except AlarmError as error:
            raise _to_wire(error, request.alarm) from error

    def listen(self, listener: Callable[[AlarmRecord], None]) -> Unlisten:
        return self._book.listen(listener)

    def _on_event(self, event: Event) -> None:
        if event.type is USER_LOGIN:
            self._sessions[event.user] += 1
        elif event.type is USER_LOGOUT:
            self._sessions[event.user] -= 1
            if self._sessions[event.user] <= 0:
                del self._sessions[event.user]
                self._book.release_all(event.user)


def _what(change: Change) -> str:
    if change.remove:
        return "removed"
    if change.revision is None:
        return "added"
    parts = [*change.properties, *(["name"] if change.name is not None else [])]
    return f"changed ({', '.join(parts)})" if parts else "changed"


def _to_wire(error: AlarmError, alarm: str) -> ProtocolError:
    if isinstance(error, UnknownAlarmError):
        code = ErrorCode.NOT_FOUND
    elif isinstance(error, AlarmHeldError):
        code = ErrorCode.CONFLICT
    else:
        code = ErrorCode.INVALID
    return ProtocolError(code, str(error), alarm)
