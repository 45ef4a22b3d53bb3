"""Commands about stored metadata: backtest, metadata."""

from __future__ import annotations

import secrets
from typing import Any

from axxon_client.cli import names, times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.manage import parse_values
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import (
    BackTest,
    BackTested,
    BackTestProgress,
    CancelBackTest,
    Done,
    GetMetadata,
    GetSchema,
    Message,
    Metadata,
    Schema,
    TrialResult,
)
from protocol.types import ObjectKind, ObjectRecord

_GB = 1_000_000_000
_TIMEOUT_S = 600.0
_EXAMPLES = 5


def backtest(context: Context) -> None:
    """Present settings beside the proposed ones: how many events, a day, and when."""
    options = context.options
    with context.client() as client:
        objects = context.tree(client)
        camera = names.find(objects, options.camera, ObjectKind.CAMERA)
        detector = _detector(objects, camera, options.detector)
        begin, end = context.time(client, options.begin), context.time(client, options.end)
        assert begin is not None
        end = end if end is not None else client.now_us()
        properties = _proposed(client, options.set)
        order = BackTest(camera.id, begin, end, detector.id, properties, secrets.token_hex(8))
        found = _run(context, client, order)
    if context.out.json:
        context.out.value(found, "")
        return
    head = ("", "events", "a day", "for example")
    rows = [_row("present settings", found.present)] if found.present is not None else []
    if properties or found.present is None:
        rows.append(_row(f"with {', '.join(options.set)}", found.proposed))
    context.out.rows([], head, rows)
    period = f"{times.local(found.since_us)} to {times.local(found.until_us)}"
    context.out.say(f"{detector.name}: {found.objects} objects from {period}.")
    if found.damaged:
        context.out.say(f"{found.damaged} blocks of metadata could not be read.")


def metadata(context: Context) -> None:
    """Of which cameras there is metadata, since when, and how large it is."""
    with context.client() as client:
        found = client.ask(GetMetadata(), Metadata)
        objects = {item.id: item.name for item in context.tree(client)}
    if context.out.json:
        context.out.value(found, "")
        return
    rows = [
        (
            objects.get(one.camera, one.camera),
            times.local(one.first_us),
            times.local(one.last_us),
            f"{one.bytes / _GB:.3f}",
        )
        for one in found.cameras
    ]
    context.out.rows([], ("camera", "from", "to", "GB"), rows)
    days = f", {found.limit_days} days" if found.limit_days else ""
    context.out.say(
        f"{found.bytes / _GB:.3f} GB of at most {found.limit_bytes / _GB:g} GB{days}; since the "
        f"start {found.points} points were stored and {found.lost} lost."
    )
    if found.trouble:
        context.out.say(found.trouble)


def _detector(objects: list[ObjectRecord], camera: ObjectRecord, wanted: str) -> ObjectRecord:
    own = [item for item in objects if item.parent == camera.id]
    return names.find(own, wanted, ObjectKind.DETECTOR)


def _proposed(client: Client, values: list[str]) -> dict[str, Any]:
    if not values:
        return {}
    kinds = client.ask(GetSchema(), Schema).kinds
    kind = next(entry for entry in kinds if entry.kind is ObjectKind.DETECTOR)
    name, properties = parse_values(values, kind)
    if name is not None:
        raise CommandError("A name does not change what a detector sees.", Exit.USAGE)
    return properties


def _run(context: Context, client: Client, order: BackTest) -> BackTested:
    """Ctrl-C ends it on the server, too."""

    def on_notice(message: Message, _payload: bytes) -> None:
        if isinstance(message, BackTestProgress) and message.ticket == order.ticket:
            context.out.say(f"{100 * message.share:.0f} %")

    client.link.on_notice = on_notice
    try:
        return client.ask(order, BackTested, _TIMEOUT_S)
    except KeyboardInterrupt:
        client.ask(CancelBackTest(order.ticket), Done)
        raise


def _row(name: str, result: TrialResult) -> tuple[str, str, str, str]:
    if result.refused:
        return name, "-", "-", result.refused
    shown = [times.local(one.begin_us) for one in result.examples[:_EXAMPLES]]
    return name, str(result.events), f"{result.per_day:.1f}", ", ".join(shown)
