from __future__ import annotations

import stat
from pathlib import Path

import pytest

from axxon_client.net.errors import CertificateChanged, CertificateRefused, LinkError
from axxon_client.net.trust import Contact, TrustStore, accept_all, readable

ONE, TWO = "ab" * 32, "cd" * 32


def test_the_first_contact_shows_address_and_fingerprint(tmp_path: Path) -> None:
    asked: list[Contact] = []

    def decide(contact: Contact) -> bool:
        asked.append(contact)
        return True

    TrustStore(tmp_path / "pins", decide).check("Host", 7, ONE)
    assert asked == [Contact("Host", 7, readable(ONE))]


def test_a_known_certificate_asks_nobody(tmp_path: Path) -> None:
    TrustStore(tmp_path / "pins", accept_all).check("host", 7, ONE)
    TrustStore(tmp_path / "pins").check("HOST", 7, ONE)


def test_a_changed_certificate_is_refused_with_both_fingerprints(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "pins", accept_all)
    store.check("host", 7, ONE)
    with pytest.raises(CertificateChanged, match="another certificate") as caught:
        store.check("host", 7, TWO)
    assert caught.value.known == readable(ONE)
    assert caught.value.shown == readable(TWO)
    assert store.known("host", 7) == readable(ONE)


def test_a_refused_certificate_is_not_pinned(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "pins")
    with pytest.raises(CertificateRefused):
        store.check("host", 7, ONE)
    assert store.known("host", 7) is None


def test_servers_on_one_host_are_told_apart_by_port(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "pins", accept_all)
    store.check("host", 7, ONE)
    store.check("host", 8, TWO)
    assert store.known("host", 7) != store.known("host", 8)


def test_a_forgotten_server_is_met_anew(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "pins", accept_all)
    store.check("host", 7, ONE)
    store.forget("host", 7)
    store.check("host", 7, TWO)


def test_the_file_is_private(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "deep" / "pins", accept_all)
    store.check("host", 7, ONE)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["{", "[1]", '{"a": 1}', "\xff"])
def test_a_damaged_file_is_an_error_not_an_empty_list(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pins"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(LinkError, match="cannot be read"):
        TrustStore(path, accept_all).check("host", 7, ONE)


def test_a_fingerprint_is_shown_in_pairs() -> None:
    assert readable("ab" * 3) == "AB:AB:AB"
