"""Commands that look at and change the configuration."""

from __future__ import annotations

import json
import os
from typing import Any

from axxon_client.cli import names, times
from axxon_client.cli.account import PASSWORD_VARIABLE, Account, parse_address
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import (
    Change,
    Changed,
    ChangePassword,
    ChangeTree,
    ControlCamera,
    DeviceTested,
    Done,
    GetSchema,
    GetStatus,
    LoadStep,
    Schema,
    ServerStatus,
    TestDevice,
)
from protocol.types import (
    AudioFormat,
    FieldSchema,
    FieldType,
    KindSchema,
    ObjectKind,
    ObjectRecord,
    VideoFormat,
)

_GIB = 1 << 30
_LOAD_STEPS = {
    LoadStep.NO_PREVIEWS: "what detectors see is not drawn on live pictures",
    LoadStep.HALF_RATE: "detectors see 5 pictures a second at most",
    LoadStep.LOW_RATE: "detectors see 2.5 pictures a second at most",
    LoadStep.KEY_FRAMES: "detectors see key frames only",
}


# --- account -------------------------------------------------------------------------------


def login(context: Context) -> None:
    options = context.options
    address, port = parse_address(options.host)
    given = os.environ.get(PASSWORD_VARIABLE, "")
    if options.password_stdin:
        password = context.read_password()
    else:
        password = given or context.ask_password(f"Password of {options.user}")
    account = Account(address, port, options.user, password)
    with context.connect(account) as client:
        reply = client.link.login
    kept = "" if options.no_save else password
    context.accounts.store(Account(address, port, options.user, kept))
    assert reply is not None
    where = context.accounts.path
    kept_text = f"password stored in {where}, readable by you only" if kept else "no password kept"
    context.out.value(
        {
            "server": account.name,
            "name": reply.node_name,
            "user": reply.user,
            "role": reply.role,
            "rights": reply.rights,
            "password_stored": bool(kept),
        },
        f"Logged in to {reply.node_name} ({account.name}) as {reply.user}, role {reply.role}; "
        f"{kept_text}.",
    )


def logout(context: Context) -> None:
    account = context.accounts.find(context.options.server)
    context.accounts.forget(account.name)
    context.out.value({"server": account.name}, f"Forgot {account.name} and its password.")


def passwd(context: Context) -> None:
    options = context.options
    with context.client() as client:
        account = context.accounts.find(options.server)
        own = not options.user or options.user == account.user
        if options.password_stdin:
            new = context.read_password()
        else:
            new = context.ask_password("New password")
            if context.ask_password("Again") != new:
                raise CommandError("The two passwords differ.")
        old = account.password or context.ask_password("Present password") if own else ""
        client.ask(ChangePassword(new, old, "" if own else options.user), Done)
    if own and account.password:
        context.accounts.store(Account(account.address, account.port, account.user, new))
    user = account.user if own else options.user
    context.out.value({"user": user}, f"The password of {user} is changed.")


# --- looking -------------------------------------------------------------------------------


def status(context: Context) -> None:
    with context.client() as client:
        reply = client.ask(GetStatus(), ServerStatus)
        by_id = {item.id: item for item in context.tree(client)}
    if context.out.json:
        context.out.value(reply, "")
        return
    share = (
        100 * reply.archive_bytes / reply.archive_quota_bytes if reply.archive_quota_bytes else 0
    )
    context.out.value(
        reply,
        f"{reply.name}: {reply.software}, up {times.length(reply.time_us - reply.started_us)}, "
        f"{reply.clients} clients, "
        f"cpu {reply.machine_percent:.0f} % (its own {reply.cpu_percent:.0f} %), "
        f"memory {reply.memory_bytes >> 20} MiB, archive {reply.archive_bytes / _GIB:.1f} of "
        f"{reply.archive_quota_bytes / _GIB:.1f} GiB ({share:.0f} %)",
    )
    if reply.load_step is not LoadStep.NORMAL:
        context.out.say(f"busy: {_LOAD_STEPS[reply.load_step]}; recording goes on in full")
    if reply.evidence_key:
        context.out.say(f"evidence key {reply.evidence_key}")
    if context.options.timing:
        _timing(context, reply, by_id)
        return
    rows = []
    for camera in reply.cameras:
        item = by_id.get(camera.camera)
        rows.append(
            (
                item.properties.get("number") if item else None,
                item.name if item else camera.camera,
                camera.state.value,
                camera.recording,
                camera.armed,
                camera.alarm,
                camera.fps,
                camera.bitrate_bps // 1000,
                camera.lost_packets,
                camera.reason,
            )
        )
    rows.sort(key=lambda row: (row[0] or 0, row[1]))
    head = ("no", "camera", "state", "rec", "armed", "alarm", "fps", "kbit/s", "lost", "")
    context.out.rows(reply.cameras, head, rows)


def _timing(context: Context, reply: ServerStatus, by_id: dict[str, ObjectRecord]) -> None:
    """Of cameras' clocks (from sender reports) and of the network."""
    rows = []
    for camera in reply.cameras:
        item = by_id.get(camera.camera)
        offset, jitter = camera.clock_offset_us, camera.jitter_us
        rows.append(
            (
                item.properties.get("number") if item else None,
                item.name if item else camera.camera,
                None if offset is None else f"{offset / 1e6:+.3f}",
                None if camera.drift_ppm is None else f"{camera.drift_ppm:+.0f}",
                None if jitter is None else jitter // 1000,
            )
        )
    rows.sort(key=lambda row: (row[0] or 0, row[1]))
    head = ("no", "camera", "clock ahead, s", "drift, ppm", "jitter, ms")
    context.out.rows(reply.cameras, head, rows)


def tree(context: Context) -> None:
    with context.client() as client:
        objects = context.tree(client)
    if context.options.object:
        item = names.find(objects, context.options.object)
        rows = [(key, _shown(value)) for key, value in sorted(item.properties.items())]
        if context.out.json:
            context.out.value(item, "")
        else:
            context.out.value(item, f"{item.name}  ({item.kind} {item.id})")
            context.out.rows([item], ("property", "value"), rows)
        return
    context.out.rows(objects, ("object", "kind", "id"), _branches(objects))


def _branches(objects: list[ObjectRecord]) -> list[tuple[str, str, str]]:
    """Depth first, indented; what has lost its parent comes last."""
    rows: list[tuple[str, str, str]] = []
    seen: set[str] = set()

    def visit(item: ObjectRecord, depth: int) -> None:
        if item.id in seen:
            return
        seen.add(item.id)
        rows.append(("  " * depth + item.name, item.kind.value, item.id))
        for child in names.children(objects, item.id):
            visit(child, depth + 1)

    known = {item.id for item in objects}
    for item in objects:
        if item.parent not in known:
            visit(item, 0)
    return rows


# --- changing ------------------------------------------------------------------------------


def add_camera(context: Context) -> None:
    options = context.options
    properties: dict[str, Any] = {"url": options.url, "low_url": options.low_url}
    if options.user:
        properties["user"] = options.user
    if options.password_stdin:
        properties["password"] = context.read_password()
    with context.client() as client:
        found: dict[str, Any] = {}
        if not options.no_test:
            found = _test(context, client, properties)
        objects = context.tree(client)
        changes = _new_camera(objects, options.name, properties, not options.no_record)
        reply = client.ask(ChangeTree(changes), Changed)
    device, camera = reply.ids[0], reply.ids[1]
    context.out.value(
        {"device": device, "camera": camera, **found},
        f"Added camera {options.name!r} ({camera}){', recorded' if len(changes) > 2 else ''}.",
    )


def _test(context: Context, client: Client, properties: dict[str, Any]) -> dict[str, Any]:
    result, picture = client.ask_payload(TestDevice(properties), DeviceTested)
    if result.failure is not None:
        text = f"The camera does not work: {result.text} Use --no-test to add it anyway."
        raise CommandError(text)
    for stream in result.streams:
        parts = [_format_text(part) for part in (stream.video, stream.audio) if part is not None]
        context.out.say(f"{stream.role} stream: {', '.join(parts) or 'nothing'}")
    return {"streams": result.streams, "picture_bytes": len(picture)}


def _format_text(form: VideoFormat | AudioFormat) -> str:
    if isinstance(form, VideoFormat):
        return f"{form.codec} {form.width}x{form.height}"
    return f"{form.codec} {form.sample_rate} Hz {form.channels} ch"


def _new_camera(
    objects: list[ObjectRecord], name: str, properties: dict[str, Any], record: bool
) -> list[Change]:
    """Device, its camera, a motion detector, and a recording when there is an archive."""
    server = next(item for item in objects if item.kind is ObjectKind.SERVER)
    archive = next((item for item in objects if _is_recorded_to(item)), None)
    taken = {item.id for item in objects}
    cameras = [item for item in objects if item.kind is ObjectKind.CAMERA]
    number = 1 + max([int(item.properties.get("number", 0)) for item in cameras], default=0)
    device, camera = _free(taken, "device", number), _free(taken, "camera", number)
    changes = [
        Change(device, ObjectKind.DEVICE, server.id, name, properties),
        Change(camera, ObjectKind.CAMERA, device, name, {"number": number}),
    ]
    if record and archive is not None:
        link = {"archive": archive.id}
        recording = _free(taken, "recording", number)
        changes.append(Change(recording, ObjectKind.RECORDING, camera, "Recording", link))
    return changes


def _is_recorded_to(item: ObjectRecord) -> bool:
    return item.kind is ObjectKind.ARCHIVE and not item.properties.get("read_only")


def _free(taken: set[str], word: str, number: int) -> str:
    while f"{word}-{number}" in taken:
        number += 1
    return f"{word}-{number}"


def set_properties(context: Context) -> None:
    options = context.options
    with context.client() as client:
        schema = client.ask(GetSchema(), Schema)
        having = _kinds_with(schema.kinds, options.values)
        item = names.find(
            context.tree(client), options.object, accept=lambda item: item.kind in having
        )
        kind = next(entry for entry in schema.kinds if entry.kind is item.kind)
        name, properties = parse_values(options.values, kind)
        change = Change(item.id, name=name, properties=properties, revision=item.revision)
        client.ask(ChangeTree([change]), Changed)
    shown = ", ".join(options.values)
    context.out.value({"id": item.id, "set": properties, "name": name}, f"{item.name}: {shown}.")


def _kinds_with(kinds: list[KindSchema], values: list[str]) -> set[ObjectKind]:
    """Kinds that have all the properties that are to be set."""
    wanted = {value.partition("=")[0] for value in values} - {"name"}
    return {kind.kind for kind in kinds if wanted <= {entry.name for entry in kind.fields}}


def parse_values(values: list[str], kind: KindSchema) -> tuple[str | None, dict[str, Any]]:
    """PROPERTY=VALUE to values of the schema's types; `name` apart.  Raises CommandError."""
    fields = {entry.name: entry for entry in kind.fields}
    name: str | None = None
    properties: dict[str, Any] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals:
            raise CommandError(f"{value!r}: write PROPERTY=VALUE.", Exit.USAGE)
        if key == "name":
            name = text
        elif key in fields:
            properties[key] = parse_value(text, fields[key])
        else:
            known = ", ".join(["name", *fields])
            raise CommandError(f"A {kind.kind} has no {key!r}; it has {known}.", Exit.USAGE)
    return name, properties


_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def parse_value(text: str, entry: FieldSchema) -> Any:
    """One value as its field wants it.  Raises CommandError."""
    try:
        match entry.type:
            case FieldType.INTEGER:
                return int(text)
            case FieldType.NUMBER:
                return float(text)
            case FieldType.BOOLEAN if text.lower() in (*_YES, *_NO):
                return text.lower() in _YES
            case FieldType.BOOLEAN:
                raise ValueError("yes or no")
            case (
                FieldType.POLYGONS
                | FieldType.LINES
                | FieldType.MAP
                | FieldType.SCHEDULE
                | FieldType.PATROL
            ):
                return json.loads(text)
            case FieldType.LIST:
                return (
                    json.loads(text) if text.startswith("[") else [*filter(None, text.split(","))]
                )
            case _:
                return text
    except ValueError as error:
        wanted = f"{entry.type.value} ({error})"
        raise CommandError(f"{entry.name}={text}: wanted {wanted}.", Exit.USAGE) from error


def remove(context: Context) -> None:
    with context.client() as client:
        objects = context.tree(client)
        item = names.top_of(objects, context.options.object)
        below = len(_branches([item, *_below(objects, item.id)])) - 1
        what = f"{item.kind} {item.name!r} ({item.id})"
        with_them = f" and {below} objects below it" if below else ""
        if not context.options.force and not context.confirm(f"Remove {what}{with_them}?"):
            raise CommandError(f"{what} was not removed: confirm, or use --force.")
        client.ask(ChangeTree([Change(item.id, revision=item.revision, remove=True)]), Changed)
    context.out.value({"removed": item.id}, f"Removed {what}{with_them}.")


def _below(objects: list[ObjectRecord], parent: str) -> list[ObjectRecord]:
    found: list[ObjectRecord] = []
    for child in names.children(objects, parent):
        found += [child, *_below(objects, child.id)]
    return found


def control(context: Context) -> None:
    with context.client() as client:
        camera = context.camera(client, context.options.camera)
        client.ask(ControlCamera(camera.id, context.options.action), Done)
    action = context.options.action
    context.out.value({"camera": camera.id, "action": action}, f"{camera.name}: {action}.")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)
