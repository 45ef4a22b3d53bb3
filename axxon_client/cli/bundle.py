"""Checks an evidence bundle: seal, signature, key, every file.  Needs no server."""

from __future__ import annotations

import enum
import hashlib
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pyzipper
from attrs import define, field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocol.evidence import (
    KEY_NAME,
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    OWN_NAMES,
    SEAL_BYTES,
    SIGNATURE_NAME,
    EvidenceError,
    FileEntry,
    Manifest,
    Seal,
    decode_manifest,
    decode_seal,
    fingerprint,
    is_signed,
    seal_text,
)

_PIECE_BYTES = 4 << 20
# What a zip that was tampered with may raise from the libraries that read it.
_BROKEN = (
    zipfile.BadZipFile,
    pyzipper.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    OSError,
    zlib.error,
    struct.error,
    OverflowError,
)


class Verdict(enum.StrEnum):
    OK = "ok"
    BAD = "BAD"
    OPEN = "?"  # could not be checked with what was given


@frozen
class Finding:
    what: str
    verdict: Verdict
    text: str


@define
class Report:
    """`manifest` only when its signature holds."""

    manifest: Manifest | None = None
    key: str = ""  # fingerprint of the signer
    findings: list[Finding] = field(factory=list)

    @property
    def intact(self) -> bool:
        return all(one.verdict is not Verdict.BAD for one in self.findings)

    def add(self, what: str, good: bool | None, text: str) -> None:
        verdict = Verdict.OPEN if good is None else Verdict.OK if good else Verdict.BAD
        self.findings.append(Finding(what, verdict, text))


def check_bundle(path: Path, key: str, password: str) -> Report:
    """`key`: the fingerprint that the signer must have; "": any.  Raises OSError."""
    report = Report()
    seal = _check_container(path, report)
    try:
        with pyzipper.AESZipFile(path) as opened:
            _Checker(opened, report, password).check()
    except _BROKEN as error:
        report.add("files", False, f"the zip is damaged: {_said(error)}")
    if seal is not None:
        signer = fingerprint(seal.key)
        if report.key and signer != report.key:
            report.add("key", False, "seal and manifest are signed by different keys")
        report.key = report.key or signer
    _check_key(report, key)
    return report


def normal_key(text: str) -> str:
    """A fingerprint as people copy it."""
    return "".join(letter for letter in text.lower() if letter not in ": -\t")


def _check_key(report: Report, key: str) -> None:
    if not report.key:
        report.add("key", False, "the bundle names no key")
    elif not key:
        report.add("key", None, f"{report.key}: compare it with the server's (axxonctl status)")
    elif normal_key(key) == report.key:
        report.add("key", True, report.key)
    else:
        report.add("key", False, f"signed by {report.key}, which is another key")


def _check_container(path: Path, report: Report) -> Seal | None:
    """All bytes but the seal itself, in one pass."""
    left = path.stat().st_size - SEAL_BYTES
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while left > 0:
            piece = file.read(min(left, _PIECE_BYTES))
            if not piece:
                break
            digest.update(piece)
            left -= len(piece)
        seal = decode_seal(file.read())
    if seal is None:
        report.add("container", False, "no seal at its end: cut off, or packed anew")
        return None
    if digest.hexdigest() != seal.sha256:
        report.add("container", False, "its bytes are not those that were sealed")
    elif not is_signed(seal.key, seal.signature, seal_text(seal.sha256)):
        report.add("container", False, "the seal's signature is wrong")
    else:
        report.add("container", True, "every byte is as it was sealed")
    return seal


class _Checker:
    """Of what is inside; adds to the report.  May raise any of `_BROKEN`."""

    def __init__(self, opened: Any, report: Report, password: str) -> None:
        self._zip = opened
        self._report = report
        self._names: list[str] = opened.namelist()
        self._locked = any(info.flag_bits & 1 for info in opened.infolist())
        self._password = password
        if password:
            opened.setpassword(password.encode())

    def check(self) -> None:
        if self._locked and not self._password:
            self._report.add("files", None, "not opened: they have a password (--encrypted)")
            return
        manifest = self._manifest()
        if manifest is None:
            return
        faults = self._files(manifest)
        self._strangers(manifest)
        self._cameras(manifest, faults)

    def _manifest(self) -> Manifest | None:
        try:
            data = self._small(MANIFEST_NAME)
            signature = self._small(SIGNATURE_NAME)
            public = _raw_key(self._small(KEY_NAME))
            manifest = decode_manifest(data)
        except EvidenceError as error:
            self._report.add("manifest", False, str(error))
            return None
        except _BROKEN as error:
            self._report.add("manifest", False, f"cannot be read: {_said(error)}")
            return None
        self._report.key = fingerprint(public)
        if not is_signed(public, signature, data):
            self._report.add("manifest", False, "its signature is wrong: it was changed")
            return None
        if manifest.key != self._report.key:
            self._report.add("manifest", False, "it names another key than the one enclosed")
            return None
        self._report.manifest = manifest
        self._report.add("manifest", True, f"signed by {manifest.server_name}")
        return manifest

    def _small(self, name: str) -> bytes:
        with self._zip.open(name) as file:
            data: bytes = file.read(MAX_MANIFEST_BYTES + 1)
        if len(data) > MAX_MANIFEST_BYTES:
            raise ValueError(f"{name} is too large")
        return data

    def _files(self, manifest: Manifest) -> dict[str, str]:
        """What is wrong with which file."""
        faults = {}
        for entry in manifest.files:
            if fault := self._fault(entry):
                faults[entry.path] = fault
                self._report.add(entry.path, False, fault)
        total = sum(entry.bytes for entry in manifest.files)
        if not faults:
            text = f"{len(manifest.files)} files, {total / 1e6:.1f} MB, all as hashed"
            self._report.add("files", True, text)
        return faults

    def _fault(self, entry: FileEntry) -> str:
        if entry.path not in self._names:
            return "is missing"
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(entry.path) as file:
                while piece := file.read(_PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
        except _BROKEN as error:
            return f"was changed: {_said(error)}"
        if size != entry.bytes:
            return f"was changed: {size} instead of {entry.bytes} bytes"
        return "" if digest.hexdigest() == entry.sha256 else "was changed: its SHA-256 differs"

    def _strangers(self, manifest: Manifest) -> None:
        known = {entry.path for entry in manifest.files} | set(OWN_NAMES)
        for name, count in Counter(self._names).items():
            if name not in known:
                self._report.add(name, False, "was added")
            elif count > 1:
                self._report.add(name, False, f"is there {count} times")

    def _cameras(self, manifest: Manifest, faults: dict[str, str]) -> None:
        listed = {entry.path for entry in manifest.files}
        for camera in manifest.cameras:
            bad = [name for name in camera.files if name in faults or name not in listed]
            if bad:
                gone = all(faults.get(name) == "is missing" for name in camera.files)
                text = (
                    "was removed" if gone else f"{len(bad)} of {len(camera.files)} files are bad"
                )
                self._report.add(f"camera {camera.name}", False, text)
            else:
                count = len(camera.files)
                text = camera.note or f"{count} file{'s' if count > 1 else ''}"
                self._report.add(f"camera {camera.name}", True, text)


def _raw_key(pem: bytes) -> bytes:
    """Raises ValueError."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{KEY_NAME} is no key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{KEY_NAME} is no Ed25519 key")
    raw = serialization.Encoding.Raw
    return key.public_bytes(raw, serialization.PublicFormat.Raw)


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
