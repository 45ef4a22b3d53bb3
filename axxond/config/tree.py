"""The tree of configurable objects: one owner of the truth, on the event loop.

Reading is immediate, from memory.  A change is planned (pure, `plan`), stored (`store`), then
seen by everyone at once, in this order: what a listener sees is on disk.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from types import MappingProxyType

from attrs import evolve

from axxond.base.clock import Clock
from axxond.base.tasks import in_thread
from axxond.config.objects import (
    ConfigObject,
    Objects,
    TreeDelta,
    UnknownObjectError,
    children,
    of_kind,
)
from axxond.config.plan import Plan, plan
from axxond.config.store import Commit, ConfigStore, blanked
from protocol.messages import Change, Changed
from protocol.types import ObjectKind, ObjectRecord

log = logging.getLogger(__name__)
Listener = Callable[[TreeDelta], None]


def new_id() -> str:
    """An id that no other server of a domain makes."""
    return uuid.uuid4().hex


class ConfigTree:
    """`hash_password` (blocking) turns a user's clear text into what is stored."""

    def __init__(
        self, store: ConfigStore, clock: Clock, hash_password: Callable[[str], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._hash_password = hash_password
        self._objects: dict[str, ConfigObject] = {}
        self._revision = 0
        self._listeners: list[Listener] = []
        self._changing = asyncio.Lock()

    async def open(self) -> None:
        """Load all from disk.  Raises ConfigError."""
        await self._store.open()
        try:
            self._revision, objects = await self._store.load()
        except BaseException:
            await self._store.close()
            raise
        self._objects = {obj.id: obj for obj in objects}

    async def close(self) -> None:
        """Waits for a change that is under way."""
        async with self._changing:
            await self._store.close()

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def server(self) -> ConfigObject | None:
        """The root; None before the first start has made it."""
        return next(iter(of_kind(self._objects, ObjectKind.SERVER)), None)

    def get(self, id_: str) -> ConfigObject:
        """Raises UnknownObjectError."""
        try:
            return self._objects[id_]
        except KeyError:
            raise UnknownObjectError(f"there is no object {id_}", id_) from None

    def find(self, id_: str) -> ConfigObject | None:
        return self._objects.get(id_)

    def all(self) -> list[ConfigObject]:
        """Parents before their children."""
        return list(self._objects.values())

    def children(self, parent_id: str, kind: ObjectKind | None = None) -> list[ConfigObject]:
        return children(self._objects, parent_id, kind)

    def of_kind(self, kind: ObjectKind) -> list[ConfigObject]:
        return of_kind(self._objects, kind)

    def snapshot(self) -> Objects:
        """All objects as they are now; does not follow later changes."""
        return MappingProxyType(dict(self._objects))

    @staticmethod
    def record(obj: ConfigObject) -> ObjectRecord:
        """What may leave the server: passwords read as ""."""
        return ObjectRecord(obj.id, obj.kind, obj.parent, obj.name, obj.revision, blanked(obj))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Called on the loop after each applied set; the returned call takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def apply(self, changes: Sequence[Change], author: str) -> Changed:
        """Make all changes or none.

        Raises ChangeRefusedError (all problems at once), RevisionConflictError,
        UnknownObjectError, ConfigError when it cannot be stored.
        """
        async with self._changing:
            drawn = plan(self._objects, changes, self._revision + 1, new_id)
            if drawn.changed or drawn.removed:
                await self._make(await self._sealed(drawn), author)
        return Changed(self._revision, list(drawn.ids))

    async def _sealed(self, drawn: Plan) -> Plan:
        """The plan with users' new passwords hashed."""
        if not drawn.fresh_passwords:
            return drawn
        changed = [
            evolve(
                obj,
                properties={
                    **obj.properties,
                    "password": await in_thread(self._hash_password, obj["password"]),
                },
            )
            if obj.id in drawn.fresh_passwords
            else obj
            for obj in drawn.changed
        ]
        return evolve(drawn, changed=tuple(changed))

    async def _make(self, drawn: Plan, author: str) -> None:
        removed = tuple(self._objects[id_] for id_ in drawn.removed)
        commit = Commit(drawn.revision, drawn.changed, removed, author, self._clock.now_us())
        await self._store.append(commit)
        self._revision = drawn.revision
        self._objects.update((obj.id, obj) for obj in drawn.changed)
        for id_ in drawn.removed:
            del self._objects[id_]
        delta = TreeDelta(drawn.revision, drawn.changed, drawn.removed, author)
        for listener in list(self._listeners):
            try:
                listener(delta)
            except Exception:  # the edge between rooms: the change is made, all must hear of it
                log.exception("a listener failed at revision %d of the tree", delta.revision)
