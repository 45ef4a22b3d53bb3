"""Adds any object: an archive, a volume, a recording, a detector, a user."""

from __future__ import annotations

from typing import Any

from axxon_client.cli import names
from axxon_client.cli.context import Context
from axxon_client.cli.manage import parse_values
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import Change, Changed, ChangeTree, GetSchema, Schema
from protocol.types import FieldType, KindSchema, ObjectKind, ObjectRecord


def add(context: Context) -> None:
    """References may be names; without --below the one possible parent is taken."""
    options = context.options
    with context.client() as client:
        schema = client.ask(GetSchema(), Schema)
        kind = next((one for one in schema.kinds if one.kind == options.kind), None)
        if kind is None:
            known = ", ".join(one.kind for one in schema.kinds)
            raise CommandError(f"{options.kind!r} is no kind: one of {known}.", Exit.USAGE)
        objects = context.tree(client)
        parent = _parent(objects, kind, options.below)
        _, properties = parse_values(options.values, kind)
        properties = _by_id(objects, kind, properties)
        if options.password_stdin:
            properties["password"] = context.read_password()
        change = Change("", kind.kind, parent, options.name, properties)
        reply = client.ask(ChangeTree([change]), Changed)
    context.out.value(
        {"id": reply.ids[0]}, f"Added {kind.kind} {options.name!r} ({reply.ids[0]})."
    )


def _parent(objects: list[ObjectRecord], kind: KindSchema, wanted: str) -> str:
    possible = [item for item in objects if item.kind in kind.parents]
    if wanted:
        return names.find(objects, wanted, accept=lambda item: item.kind in kind.parents).id
    if not kind.parents:
        return ""
    if len(possible) == 1:
        return possible[0].id
    parents = " or ".join(kind.parents)
    raise CommandError(f"Say below which {parents} with --below.", Exit.NAME)


def _by_id(
    objects: list[ObjectRecord], kind: KindSchema, properties: dict[str, Any]
) -> dict[str, Any]:
    found = dict(properties)
    for entry in kind.fields:
        if entry.type is FieldType.REFERENCE and found.get(entry.name):
            refers_to = ObjectKind(entry.refers_to)
            found[entry.name] = names.find(objects, found[entry.name], refers_to).id
    return found
