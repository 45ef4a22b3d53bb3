"""The object tree, its schema, its changes, and the test of a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axxond.server.visibility import sees_users, visible
from protocol.messages import (
    Changed,
    ChangeTree,
    DeviceTested,
    GetSchema,
    GetTree,
    Schema,
    TestDevice,
    Tree,
)
from protocol.types import ObjectKind, Right

if TYPE_CHECKING:
    from axxond.server.session import Session

_USER_KINDS = {ObjectKind.USER, ObjectKind.ROLE}


async def get_tree(session: Session, _: GetTree) -> Tree:
    tree = session.system.tree
    return Tree(tree.revision, visible(tree.records(), sees_users(session.who.rights)))


async def get_schema(session: Session, _: GetSchema) -> Schema:
    return Schema(session.system.tree.schema())


async def change_tree(session: Session, request: ChangeTree) -> Changed:
    """Users and roles take a right of their own, or whoever configures could take them all."""
    tree = session.system.tree
    kinds = {record.id: record.kind for record in tree.records()}
    touched = {change.kind or kinds.get(change.id) for change in request.changes}
    touched |= {kinds.get(change.id) for change in request.changes}
    if touched & _USER_KINDS:
        session.demand(Right.USERS, request.NAME)
    return await tree.apply(request.changes, session.who, session.address)


async def test_device(session: Session, request: TestDevice) -> tuple[DeviceTested, bytes]:
    async with session.shared.device_tests:
        return await session.system.cameras.test(request.properties, request.device)
