"""Which objects of the tree a role gets to see."""

from __future__ import annotations

from collections.abc import Iterable

from protocol.types import ObjectKind, ObjectRecord, Right

_HIDDEN = frozenset({ObjectKind.USER, ObjectKind.ROLE})


def sees_users(rights: frozenset[Right]) -> bool:
    """Who configures or administers; a guard needs no list of accounts."""
    return Right.CONFIGURE in rights or Right.USERS in rights


def visible(records: Iterable[ObjectRecord], with_users: bool) -> list[ObjectRecord]:
    return [record for record in records if with_users or record.kind not in _HIDDEN]
