from __future__ import annotations

import stat
from pathlib import Path

import pytest

from axxond.server.certificate import (
    CERTIFICATE_FILE,
    KEY_FILE,
    CertificateError,
    ensure_certificate,
)
from axxond.server.listener import Server
from axxond.server.shared import ServerSettings
from tests.fakes.system import START_US, FakeSystem


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, "Gate house", START_US)
    assert ensure_certificate(tmp_path, "another name", START_US + 1) == first
    assert len(first.fingerprint) == 64


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "", START_US)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_name_of_any_length_will_do(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "ж" * 500, START_US)


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_certificate_is_named_with_its_remedy(tmp_path: Path, damage: bytes) -> None:
    ensure_certificate(tmp_path, "x", START_US)
    (tmp_path / CERTIFICATE_FILE).write_bytes(damage)
    with pytest.raises(CertificateError, match=f"remove {CERTIFICATE_FILE}"):
        ensure_certificate(tmp_path, "x", START_US)


async def test_a_damaged_key_does_not_start_a_server(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "x", START_US)
    (tmp_path / KEY_FILE).write_bytes(b"nonsense")
    server = Server(FakeSystem().ports(), ServerSettings("127.0.0.1", 0, tmp_path))
    with pytest.raises(CertificateError, match="cannot be used"):
        await server.start()
    await server.close()


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be used"):
        ensure_certificate(tmp_path / "away", "x", START_US)
