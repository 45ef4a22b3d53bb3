"""What must hold between objects, beyond each property's own range.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from axxond.config.objects import ConfigObject, Objects, Problem, of_kind
from axxond.config.schema import SCHEMA
from protocol.types import FieldType, ObjectKind, Right

PASSWORD_LEAST = 8
# Argon2 takes any length; the bound keeps a log-in attempt from costing more than others.
PASSWORD_MOST = 256
# Kinds whose names a person types or picks from a list.
_UNIQUE_NAMES = (ObjectKind.USER, ObjectKind.ROLE, ObjectKind.ARCHIVE)


def where(obj: ConfigObject, field_name: str = "") -> str:
    """How a person calls the place: 'Camera "Gate", Number'."""
    kind = SCHEMA[obj.kind]
    label = next((f.label for f in kind.fields if f.name == field_name), field_name)
    return f'{kind.label} "{obj.name}"' + (f", {label}" if label else "")


def problem(obj: ConfigObject, field_name: str, text: str) -> Problem:
    return Problem(obj.id, field_name, where(obj, field_name), text)


def password_problem(password: str, user: str) -> str:
    """Why a password of a user of this system is refused, or ""."""
    if len(password) < PASSWORD_LEAST:
        return f"must have at least {PASSWORD_LEAST} characters"
    if len(password) > PASSWORD_MOST:
        return f"must have at most {PASSWORD_MOST} characters"
    if password.casefold() == user.casefold():
        return "must not be the user's name"
    if len(set(password)) < 3:
        return "must not be one character repeated"
    return ""


def broken_rules(objects: Objects) -> Iterator[Problem]:
    """Everything that does not hold in a whole tree."""
    yield from _references(objects)
    yield from _names(objects)
    yield from _addresses(objects)
    yield from _archives(objects)
    yield from _recordings(objects)


# Files of the server, and cards in it.
_BARE = ("/", "capture:")


def _references(objects: Objects) -> Iterator[Problem]:
    for obj in objects.values():
        for field in SCHEMA[obj.kind].fields:
            if field.type is not FieldType.REFERENCE or not (target := obj[field.name]):
                continue
            if target not in objects:
                yield problem(obj, field.name, f"refers to {target}, which does not exist")
            elif objects[target].kind != field.refers_to:
                kind = objects[target].kind
                yield problem(obj, field.name, f"must be a {field.refers_to}, not a {kind}")


def _names(objects: Objects) -> Iterator[Problem]:
    for kind in _UNIQUE_NAMES:
        count = Counter(obj.name.casefold() for obj in of_kind(objects, kind))
        for obj in of_kind(objects, kind):
            if count[obj.name.casefold()] > 1:
                yield problem(obj, "name", "another one has this name")


def _addresses(objects: Objects) -> Iterator[Problem]:
    """Addresses are shown to every user; the fields for name and password are not."""
    cameras = of_kind(objects, ObjectKind.CAMERA)
    for obj in [*of_kind(objects, ObjectKind.DEVICE), *cameras]:
        for name in ("url", "low_url"):
            if obj[name] and "://" not in obj[name] and not obj[name].startswith(_BARE):
                text = "is no address: begin with its kind, as in rtsp://192.0.2.10/stream1"
                yield problem(obj, name, text)
            if "@" in obj[name].partition("://")[2].partition("/")[0]:
                text = "put user name and password into their own fields, not into the address"
                yield problem(obj, name, text)
    for obj in cameras:
        device = objects[obj.parent]
        if device["password"] and not hosts_of(obj.properties) <= hosts_of(device.properties):
            text = "is at another host than its device, whose password is for that alone"
            yield problem(obj, "url", text)


def hosts_of(properties: Mapping[str, Any]) -> frozenset[str]:
    """The hosts of a device's or camera's addresses, of as many as can be read."""
    return frozenset(
        host for name in ("url", "low_url") if (host := host_of(str(properties.get(name) or "")))
    )


def host_of(url: str) -> str:
    """ "" for an address without a host, or none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return url


def _archives(objects: Objects) -> Iterator[Problem]:
    volumes = of_kind(objects, ObjectKind.VOLUME)
    archives = of_kind(objects, ObjectKind.ARCHIVE)
    placed = [obj for obj in [*archives, *volumes] if obj["path"]]
    count = Counter(obj["path"].rstrip("/") for obj in placed)
    for obj in placed:
        if count[obj["path"].rstrip("/")] > 1:
            yield problem(obj, "path", "another archive is in this folder")
        if not obj["path"].startswith("~") and not PurePath(obj["path"]).is_absolute():
            text = "must be a whole path from the top, as in /var/video"
            yield problem(obj, "path", text)  # else it depends on where the server was started
    for obj in archives:
        if obj["read_only"] and not obj["path"]:
            yield problem(obj, "path", "an archive that was recorded elsewhere needs its folder")
    for obj in volumes:
        if objects[obj.parent]["read_only"]:
            text = "an archive that was recorded elsewhere has no further volumes"
            yield problem(obj, "path", text)


def _recordings(objects: Objects) -> Iterator[Problem]:
    links = of_kind(objects, ObjectKind.RECORDING)
    count = Counter((obj.parent, obj["archive"]) for obj in links)
    for obj in links:
        if count[obj.parent, obj["archive"]] > 1:
            yield problem(obj, "archive", "this camera is recorded to this archive already")
        target = objects.get(obj["archive"])
        if target is not None and target.kind is ObjectKind.ARCHIVE and target["read_only"]:
            yield problem(obj, "archive", "this archive was recorded elsewhere and is only read")
        if obj["mode"] == "schedule" and not obj["schedule"]:
            yield problem(obj, "schedule", "the mode needs at least one window")


def lockout(before: Objects, after: Objects) -> list[Problem]:
    """Someone must stay who can log in and change the configuration, or nobody ever can again."""
    if not _administrators(before) or _administrators(after):
        return []
    text = "no enabled user with the rights to configure and to change users would remain"
    return [Problem("", "", "Users", text)]


def _administrators(objects: Objects) -> list[ConfigObject]:
    wanted = {Right.CONFIGURE.value, Right.USERS.value}
    return [
        user
        for user in of_kind(objects, ObjectKind.USER)
        if user["enabled"]
        and (role := objects.get(user["role"])) is not None
        and role.kind is ObjectKind.ROLE
        and wanted <= set(role["rights"])
    ]
