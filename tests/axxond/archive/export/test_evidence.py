"""Evidence bundles: what is in them, and what the verifier says of changed ones."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.cli.bundle import Report, Verdict, check_bundle
from axxond.archive.errors import ArchiveError, ExportError
from axxond.archive.export.key import KEY_FILE, EvidenceKey
from protocol import evidence
from protocol.evidence import CameraEntry, EvidenceError, FileEntry, Manifest
from tests.axxond.archive.export.jobs import BY, archive_of_two, order, running

PASSWORD = "open sesame"


@frozen
class Bundle:
    path: Path
    locked: Path  # the same with a password
    key: str
    data: bytes


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return asyncio.run(_make(tmp_path_factory.mktemp("evidence")))


async def _make(folder: Path) -> Bundle:
    async with (
        archive_of_two(folder) as (archive, clock),
        running(folder, archive, clock) as world,
    ):
        cameras = ["gate", "yard", "empty"]
        made = []
        for name, password in (("bundle.zip", ""), ("locked.zip", PASSWORD)):
            what = order(cameras, "mkv", evidence=True, comment="Case 17", password=password)
            started = await world.exports.start(what, BY)
            done = await world.exports.wait(started.id)
            assert done.file_name == "evidence 3 cameras 2027-01-15T08-00-01Z.zip"
            made.append(folder / name)
            shutil.copy(world.exports.result(done.id), made[-1])
        return Bundle(made[0], made[1], world.key.fingerprint, made[0].read_bytes())


def bad(report: Report) -> dict[str, str]:
    return {one.what: one.text for one in report.findings if one.verdict is Verdict.BAD}


def repacked(bundle: Bundle, target: Path, change: Callable[[dict[str, bytes]], object]) -> Report:
    """The verdict on the bundle's files, packed anew after a change."""
    with zipfile.ZipFile(bundle.path) as given:
        files = {name: given.read(name) for name in given.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return check_bundle(target, bundle.key, "")


# --- what is in it ---


def test_a_bundle_is_found_intact_and_tells_of_itself(bundle: Bundle) -> None:
    report = check_bundle(bundle.path, bundle.key, "")
    assert report.intact
    assert {one.verdict for one in report.findings} == {Verdict.OK}
    manifest = report.manifest
    assert manifest is not None
    assert (manifest.server_name, manifest.user, manifest.comment) == ("Shop", "anna", "Case 17")
    assert [(camera.name, len(camera.files), camera.note) for camera in manifest.cameras] == [
        ("Gate/1", 1, ""),
        ("Двор", 1, ""),
        ("Cellar", 0, "no footage in that period"),
    ]


def test_ledger_and_journal_are_enclosed_for_people_and_programs(bundle: Bundle) -> None:
    with zipfile.ZipFile(bundle.path) as opened:
        ledger = json.loads(opened.read("ledger.json"))
        assert {row["camera"] for row in ledger if row["kind"] == "footage"} == {"gate", "yard"}
        assert ledger[0]["begin"] == "2027-01-15T08:00:01.000000Z"
        rows = list(csv.reader(io.StringIO(opened.read("ledger.csv").decode())))
        assert rows[0] == ["camera", "camera_name", "begin", "end", "kind", "reason"]
        assert len(rows) == len(ledger) + 1
        (event,) = json.loads(opened.read("journal.json"))
        assert event["text"] == '=Motion, "seen"'
        (_, row) = csv.reader(io.StringIO(opened.read("journal.csv").decode()))
        assert row[7] == '\'=Motion, "seen"'  # no formula for a spreadsheet


@pytest.mark.peer
def test_openssl_and_sha256sum_agree(bundle: Bundle, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with zipfile.ZipFile(bundle.path) as opened:
        opened.extractall(tmp_path)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "PUBLIC-KEY.pem", "-rawin"]
    command += ["-in", "MANIFEST.json", "-sigfile", "MANIFEST.sig"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout
    for entry in json.loads((tmp_path / "MANIFEST.json").read_text())["files"]:
        line = f"{entry['sha256']}  {entry['path']}\n"
        subprocess.run(
            ["sha256sum", "--check", "--status"], input=line, text=True, cwd=tmp_path, check=True
        )


# --- what was changed ---


@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_single_flipped_bit_anywhere_is_found(bundle: Bundle, share: float, bit: int) -> None:
    data = bytearray(bundle.data)
    data[int(share * len(data))] ^= 1 << bit
    path = bundle.path.with_name("flipped.zip")
    path.write_bytes(data)
    assert not check_bundle(path, bundle.key, "").intact


@pytest.mark.parametrize("tail", [600, 60])
def test_a_single_flipped_bit_of_the_last_bytes_is_found(bundle: Bundle, tail: int) -> None:
    """Directory, end record and seal, bit by bit."""
    path = bundle.path.with_name("flipped.zip")
    for at in range(len(bundle.data) - tail, len(bundle.data), 7):
        data = bytearray(bundle.data)
        data[at] ^= 1 << at % 8
        path.write_bytes(data)
        assert not check_bundle(path, bundle.key, "").intact, at


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_bundle_that_is_cut_off_is_found(bundle: Bundle, share: float) -> None:
    path = bundle.path.with_name("cut.zip")
    path.write_bytes(bundle.data[: int(share * len(bundle.data))])
    assert not check_bundle(path, bundle.key, "").intact


def test_a_removed_camera_is_named(bundle: Bundle, tmp_path: Path) -> None:
    report = repacked(
        bundle,
        tmp_path / "x.zip",
        lambda files: [files.pop(name) for name in list(files) if "Двор" in name],
    )
    assert bad(report)["camera Двор"] == "was removed"
    assert "camera Gate/1" not in bad(report)


def test_a_changed_file_is_named(bundle: Bundle, tmp_path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        name = next(name for name in files if name.startswith("media/Gate"))
        files[name] = files[name][:-1] + b"x"

    found = bad(repacked(bundle, tmp_path / "x.zip", change))
    assert [what for what in found if what.startswith("media/")] != []
    assert found["camera Gate/1"] == "1 of 1 files are bad"


def test_an_added_file_is_named(bundle: Bundle, tmp_path: Path) -> None:
    report = repacked(
        bundle, tmp_path / "x.zip", lambda files: files.update({"media/more.mkv": b"x"})
    )
    assert bad(report)["media/more.mkv"] == "was added"


def test_a_manifest_without_a_camera_has_no_signature(bundle: Bundle, tmp_path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        body = json.loads(files["MANIFEST.json"])
        body["cameras"].pop(0)
        body["files"] = [one for one in body["files"] if "Gate" not in one["path"]]
        files["MANIFEST.json"] = json.dumps(body).encode()
        for name in [name for name in files if "Gate" in name]:
            del files[name]

    assert "signature is wrong" in bad(repacked(bundle, tmp_path / "x.zip", change))["manifest"]


def test_packing_anew_alone_is_found(bundle: Bundle, tmp_path: Path) -> None:
    found = bad(repacked(bundle, tmp_path / "x.zip", lambda files: None))
    assert list(found) == ["container"]


def test_another_key_is_found_and_none_given_is_said(bundle: Bundle) -> None:
    assert list(bad(check_bundle(bundle.path, "00" * 32, ""))) == ["key"]
    report = check_bundle(bundle.path, "", "")
    assert report.intact
    (open_,) = [one for one in report.findings if one.verdict is Verdict.OPEN]
    assert open_.what == "key"
    assert bundle.key in open_.text


def test_what_is_no_bundle_is_not_intact(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    for data in (b"", b"x", b"PK\x05\x06" + bytes(18), bytes(5000)):
        path.write_bytes(data)
        assert not check_bundle(path, "", "").intact


# --- with a password ---


def test_a_locked_bundle_is_checked_with_and_without_its_password(bundle: Bundle) -> None:
    opened = check_bundle(bundle.locked, bundle.key, PASSWORD)
    assert opened.intact
    assert {one.verdict for one in opened.findings} == {Verdict.OK}
    closed = check_bundle(bundle.locked, bundle.key, "")
    assert closed.intact
    assert {one.what for one in closed.findings if one.verdict is Verdict.OPEN} == {"files"}
    assert not check_bundle(bundle.locked, bundle.key, "wrong").intact


def test_a_flipped_bit_of_a_locked_bundle_is_found_without_the_password(bundle: Bundle) -> None:
    data = bytearray(bundle.locked.read_bytes())
    data[len(data) // 2] ^= 1
    path = bundle.path.with_name("flipped-locked.zip")
    path.write_bytes(data)
    assert not check_bundle(path, bundle.key, "").intact


# --- the manifest ---

_TEXT = st.text(max_size=20)
_MANIFESTS = st.builds(
    Manifest,
    job=_TEXT,
    made_us=st.integers(0, 1 << 62),
    user=_TEXT,
    comment=_TEXT,
    server=_TEXT,
    server_name=_TEXT,
    software=_TEXT,
    key=_TEXT,
    begin_us=st.integers(0, 1 << 62),
    end_us=st.integers(0, 1 << 62),
    changes=st.lists(_TEXT, max_size=2),
    cameras=st.lists(st.builds(CameraEntry, _TEXT, _TEXT, st.lists(_TEXT, max_size=3), _TEXT)),
    files=st.lists(st.builds(FileEntry, _TEXT, st.integers(0, 1 << 62), _TEXT), max_size=5),
)


@given(_MANIFESTS)
def test_a_manifest_reads_back_as_it_was(manifest: Manifest) -> None:
    assert evidence.decode_manifest(evidence.encode_manifest(manifest)) == manifest


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(_MANIFESTS, st.data())
def test_whatever_stands_in_a_manifest_it_is_read_or_refused(
    manifest: Manifest, data: st.DataObject
) -> None:
    body = json.loads(evidence.encode_manifest(manifest))
    name = data.draw(st.sampled_from(sorted(body)))
    body[name] = data.draw(_JSON)
    try:
        found = evidence.decode_manifest(json.dumps(body).encode())
    except EvidenceError:
        return
    assert type(getattr(found, name, None)) in (type(getattr(manifest, name, None)),)


@given(st.binary(max_size=200))
def test_any_bytes_are_no_manifest(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        evidence.decode_manifest(data)


# --- the key ---


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = EvidenceKey.ensure(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert EvidenceKey.ensure(tmp_path).fingerprint == key.fingerprint
    assert evidence.is_signed(key.public, key.sign(b"x"), b"x")
    assert not evidence.is_signed(key.public, key.sign(b"x"), b"y")


def test_a_key_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("nonsense")
    with pytest.raises(ArchiveError, match="bring back the file"):
        EvidenceKey.ensure(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "nonsense"


def test_passwords_are_hidden_by_the_key_alone(tmp_path: Path) -> None:
    key = EvidenceKey.ensure(tmp_path)
    hidden = key.hide("sesame")
    assert "sesame" not in hidden
    assert key.show(hidden) == "sesame"
    assert key.hide("") == key.show("") == ""
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ExportError, match="start the export anew"):
        EvidenceKey.ensure(other).show(hidden)
