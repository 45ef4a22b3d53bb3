"""Commands about what the archives keep: coverage, protect, archives, plan, attach."""

from __future__ import annotations

from axxon_client.cli import names, times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import (
    Archives,
    Change,
    Changed,
    ChangeTree,
    Coverage,
    Done,
    FindNext,
    Found,
    GetArchives,
    GetCoverage,
    GetProtections,
    Protect,
    Protections,
    Unprotect,
)
from protocol.types import ObjectKind, ProtectionRecord

_GB = 1_000_000_000


def coverage(context: Context) -> None:
    """A row a day: how long recorded, not wanted, lost and why."""
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        archive = _archive(context, client, options.archive)
        begin, end = context.time(client, options.begin), context.time(client, options.end)
        assert begin is not None
        end = end if end is not None else client.now_us()
        reply = client.ask(GetCoverage(camera.id, begin, end, archive), Coverage)
    rows = []
    for day in reply.days:
        length = max(1, day.end_us - day.begin_us)
        wanted = length - day.unwanted_us
        lost = ", ".join(
            f"{reason} {times.length(lost_us)}" for reason, lost_us in sorted(day.lost_us.items())
        )
        rows.append(
            (
                times.local(day.begin_us)[:10],
                times.length(day.recorded_us),
                times.length(day.unwanted_us),
                times.length(sum(day.lost_us.values())),
                f"{100 * day.recorded_us / wanted:.2f} %" if wanted else "-",
                lost,
            )
        )
    head = ("day", "recorded", "not wanted", "lost", "of wanted", "why lost")
    context.out.rows(reply.days, head, rows)


def protect(context: Context) -> None:
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        archive = _archive(context, client, options.archive)
        begin, end = context.time(client, options.begin), context.time(client, options.end)
        assert begin is not None
        assert end is not None
        request = Protect(camera.id, begin, end, options.reason, archive)
        reply = client.ask(request, Protections)
    ids = ", ".join(one.id for one in reply.protections)
    context.out.value(
        reply.protections,
        f"{camera.name}: protected from {times.local(begin)} to {times.local(end)} ({ids}).",
    )


def unprotect(context: Context) -> None:
    with context.client() as client:
        client.ask(Unprotect(context.options.protection), Done)
    id_ = context.options.protection
    context.out.value({"protection": id_}, f"{id_}: no longer protected.")


def protected(context: Context) -> None:
    with context.client() as client:
        reply = client.ask(GetProtections(), Protections)
        objects = {item.id: item.name for item in context.tree(client)}
    head = ("id", "camera", "from", "to", "reason", "by", "since", "archive")
    rows = [_protection(one, objects) for one in reply.protections]
    context.out.rows(reply.protections, head, rows)


def _protection(one: ProtectionRecord, objects: dict[str, str]) -> tuple[str, ...]:
    return (
        one.id,
        objects.get(one.camera, one.camera),
        times.local(one.begin_us),
        times.local(one.end_us),
        one.reason,
        one.author,
        times.local(one.made_us),
        objects.get(one.archive, one.archive),
    )


def archives(context: Context) -> None:
    """Volumes; with --cameras whose footage is there."""
    with context.client() as client:
        reply = client.ask(GetArchives(), Archives)
    if context.options.cameras:
        head: tuple[str, ...] = ("archive", "camera", "name", "from", "to", "GB")
        rows: list[tuple[object, ...]] = [
            (
                archive.name,
                camera.camera,
                camera.name,
                times.local(camera.first_us),
                times.local(camera.last_us),
                round(camera.bytes / _GB, 3),
            )
            for archive in reply.archives
            for camera in archive.cameras
        ]
    else:
        head = ("archive", "folder", "GB used", "of", "protected", "from", "to", "state")
        rows = [
            (
                archive.name,
                volume.path,
                round(volume.used_bytes / _GB, 3),
                None if archive.read_only else round(volume.quota_bytes / _GB, 3),
                round(volume.protected_bytes / _GB, 3),
                times.local(volume.first_us),
                times.local(volume.last_us),
                "; ".join(volume.troubles) or ("ok" if volume.ready else "not open"),
            )
            for archive in reply.archives
            for volume in archive.volumes
        ]
    context.out.rows(reply.archives, head, rows)


def plan(context: Context) -> None:
    """How long footage will stay."""
    with context.client() as client:
        reply = client.ask(GetArchives(), Archives)
        objects = {item.id: item.name for item in context.tree(client)}
    rows = [
        (
            archive.name,
            objects.get(link.camera, link.camera),
            link.rate_bps // 1000,
            times.length(link.measured_us),
            None if link.days is None else round(link.days, 1),
            archive.wanted_days or None,
        )
        for archive in reply.archives
        for link in archive.plan
    ]
    head = ("archive", "camera", "kbit/s", "measured over", "days kept", "wanted")
    context.out.rows(reply.archives, head, rows)


def attach(context: Context) -> None:
    """A folder on the server that another server recorded; it is only read."""
    options = context.options
    with context.client() as client:
        objects = context.tree(client)
        server = next(item for item in objects if item.kind is ObjectKind.SERVER)
        properties = {"path": options.folder, "read_only": True}
        change = Change("", ObjectKind.ARCHIVE, server.id, options.name, properties)
        reply = client.ask(ChangeTree([change]), Changed)
    context.out.value(
        {"archive": reply.ids[0]},
        f"Attached {options.folder} as {options.name!r} ({reply.ids[0]}); "
        "see its cameras with: axxonctl archives --cameras",
    )


def detach(context: Context) -> None:
    """The folder stays as it is."""
    with context.client() as client:
        objects = context.tree(client)
        item = names.find(objects, context.options.archive, ObjectKind.ARCHIVE)
        if not item.properties.get("read_only"):
            raise CommandError(
                f"{item.name!r} is recorded to: remove it with `axxonctl remove`.", Exit.FAILED
            )
        client.ask(ChangeTree([Change(item.id, revision=item.revision, remove=True)]), Changed)
    context.out.value({"archive": item.id}, f"Detached {item.name!r}; its folder is untouched.")


def find(context: Context) -> None:
    """The next or the last recording or alarm."""
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        at = context.time(client, options.at)
        assert at is not None
        found = client.ask(FindNext(camera.id, at, options.back, options.what), Found)
    if found.begin_us is None:
        where = "before" if options.back else "after"
        raise CommandError(f"{camera.name} has no {options.what} {where} that time.", Exit.FAILED)
    text = f"{options.what} from {times.local(found.begin_us)} to {times.local(found.end_us)}"
    context.out.value(found, text)


def _archive(context: Context, client: Client, wanted: str) -> str:
    if not wanted:
        return ""
    return names.find(context.tree(client), wanted, ObjectKind.ARCHIVE).id
