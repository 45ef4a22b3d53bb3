"""Evidence bundles: footage with ledger, journal, and a signed manifest of hashes.

On an export's thread.  The format is `protocol.evidence`'s.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, frozen

from axxond.archive.export.key import EvidenceKey
from axxond.archive.export.packing import Pack
from axxond.base.units import MIB
from protocol.evidence import (
    KEY_NAME,
    MANIFEST_NAME,
    SEAL_BYTES,
    SIGNATURE_NAME,
    CameraEntry,
    Manifest,
    Seal,
    encode_manifest,
    encode_seal,
    seal_text,
)
from protocol.types import EventRecord, Span

_PIECE_BYTES = 4 * MIB
_README = """\
Evidence from the video surveillance server {name}

MANIFEST.json names every file with its size and SHA-256 hash and is signed by the server
(MANIFEST.sig, Ed25519). To check the whole bundle, offline:

    axxonctl verify BUNDLE.zip --key {key}

The key's fingerprint must be the one that the server shows (axxonctl status), noted down
independently of this bundle. Without axxonctl, in the unpacked folder:

    openssl pkeyutl -verify -pubin -inkey PUBLIC-KEY.pem -rawin \\
        -in MANIFEST.json -sigfile MANIFEST.sig
    sha256sum media/*/*        (compare with MANIFEST.json)

media/      the footage, a folder a camera
ledger.*    for every second: recorded, or missing and why
journal.*   events of the period: of these cameras and of the server

Times are UTC.
"""
_LEDGER_HEAD = ("camera", "camera_name", "begin", "end", "kind", "reason")
_JOURNAL_HEAD = (
    "id", "time", "type", "severity", "phase", "object_id", "object_name", "text", "user",
    "address",
)  # fmt: skip


@frozen
class Slices:
    """What was known of the period: (camera id, camera name, spans), and events."""

    ledger: Sequence[tuple[str, str, list[Span]]]
    journal: Sequence[EventRecord]


def add_slices(pack: Pack, slices: Slices) -> None:
    pack.add("ledger.csv", _table(_LEDGER_HEAD, _ledger_rows(slices)))
    pack.add(
        "ledger.json",
        _json([dict(zip(_LEDGER_HEAD, r, strict=True)) for r in _ledger_rows(slices)]),
    )
    events = [{**asdict(one), "time": utc(one.time_us)} for one in slices.journal]
    pack.add("journal.csv", _table(_JOURNAL_HEAD, _journal_rows(slices)))
    pack.add("journal.json", _json(events))


def finish(pack: Pack, key: EvidenceKey, draft: Manifest) -> None:
    """Add what vouches for the rest, close, seal.  `draft` gets its files and its key here."""
    pack.add("README.txt", _README.format(name=draft.server_name, key=key.fingerprint).encode())
    manifest = encode_manifest(evolve(draft, key=key.fingerprint, files=list(pack.entries)))
    pack.add(MANIFEST_NAME, manifest)
    pack.add(SIGNATURE_NAME, key.sign(manifest))
    pack.add(KEY_NAME, key.public_pem)
    pack.close(b"-" * SEAL_BYTES)
    _seal(pack.path, key)


def camera_entry(camera: str, name: str, files: Iterable[str], note: str) -> CameraEntry:
    return CameraEntry(camera, name, list(files), note)


def utc(time_us: int) -> str:
    """ISO 8601 with microseconds."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_us % 1_000_000:06}Z"


def _seal(path: Path, key: EvidenceKey) -> None:
    """Put the seal in the comment's place: the file's last bytes."""
    digest = hashlib.sha256()
    with path.open("r+b") as file:
        left = path.stat().st_size - SEAL_BYTES
        while left:
            piece = file.read(min(left, _PIECE_BYTES))
            digest.update(piece)
            left -= len(piece)
        sha256 = digest.hexdigest()
        file.write(encode_seal(Seal(key.public, sha256, key.sign(seal_text(sha256)))))


def _ledger_rows(slices: Slices) -> list[tuple[str, ...]]:
    return [
        (camera, name, utc(span.begin_us), utc(span.end_us), span.kind, span.reason)
        for camera, name, spans in slices.ledger
        for span in spans
    ]


def _journal_rows(slices: Slices) -> list[tuple[str, ...]]:
    return [
        (
            str(one.id), utc(one.time_us), one.type, one.severity, one.phase, one.object_id,
            one.object_name, one.text, one.user, one.address,
        )
        for one in slices.journal
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return out.getvalue().encode()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula and runs it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
