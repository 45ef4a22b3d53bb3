"""Logging in, against the examples of the standards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.digest import Authenticator, parse_challenges

# RFC 7616 §3.9.1
REALM = "http-auth@example.org"
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def challenge(algorithm: str) -> str:
    return (
        f'Digest realm="{REALM}", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{NONCE}", opaque="{OPAQUE}"'
    )


def login(*challenges: str) -> str:
    authenticator = Authenticator("Mufasa", "Circle of Life", lambda: CNONCE)
    assert authenticator.accept(list(challenges))
    return authenticator.header("GET", "/dir/index.html")


def test_sha_256_as_in_rfc_7616() -> None:
    header = login(challenge("SHA-256"))
    answer = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    assert f'response="{answer}"' in header
    assert "nc=00000001" in header
    assert f'opaque="{OPAQUE}"' in header


def test_md5_as_in_rfc_7616() -> None:
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in login(challenge("MD5"))


def test_md5_without_qop_as_in_rfc_2617_section_3_5_without_it() -> None:
    authenticator = Authenticator("Mufasa", "Circle Of Life")
    assert authenticator.accept(
        ['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']
    )
    header = authenticator.header("GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in header
    assert "qop" not in header
    assert "cnonce" not in header


def test_basic_as_in_rfc_7617() -> None:
    authenticator = Authenticator("Aladdin", "open sesame")
    assert authenticator.accept(['Basic realm="x"'])
    assert authenticator.header("GET", "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_the_strongest_of_several_is_taken() -> None:
    assert "algorithm=SHA-256" in login('Basic realm="x"', challenge("MD5"), challenge("SHA-256"))
    both = f'Basic realm="x", {challenge("MD5")}'
    assert login(both).startswith("Digest")


def test_the_nonce_count_rises_with_each_use_and_begins_anew_with_a_new_nonce() -> None:
    authenticator = Authenticator("a", "b")
    authenticator.accept([challenge("MD5")])
    authenticator.header("GET", "/")
    assert "nc=00000002" in authenticator.header("GET", "/")
    authenticator.accept([challenge("MD5").replace("7ypf", "other")])
    assert "nc=00000001" in authenticator.header("GET", "/")


def test_session_variants_differ_and_are_answered_with_a_cnonce() -> None:
    header = login(challenge("MD5-sess"))
    assert "algorithm=MD5-sess" in header
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' not in header
    assert "cnonce=" in header


def test_nothing_usable_is_refused() -> None:
    authenticator = Authenticator("a", "b")
    assert not authenticator.accept([])
    assert not authenticator.accept(
        ["Negotiate", 'Digest realm="x", algorithm=SHA-512, nonce="n"']
    )
    assert authenticator.header("GET", "/") == ""


def test_stale_is_read() -> None:
    assert Authenticator.is_stale([challenge("MD5") + ", stale=TRUE"])
    assert Authenticator.is_stale([challenge("MD5") + ', stale="true"'])
    assert not Authenticator.is_stale([challenge("MD5") + ", stale=false"])


def test_odd_challenges_are_read() -> None:
    found = parse_challenges(['digest REALM = "a \\"b\\"" ,nonce=abc,  qop=auth'])
    assert found[0].scheme == "digest"
    assert found[0].get("realm") == 'a "b"'
    assert found[0].get("nonce") == "abc"


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_challenge_is_survived_and_no_line_break_gets_out(values: list[str]) -> None:
    authenticator = Authenticator("user", "secret")
    for prefix in ("", 'Digest nonce="n", realm="'):
        if authenticator.accept([prefix + value for value in values]):
            header = authenticator.header("GET", "rtsp://x/")
            assert "\n" not in header
            assert "\r" not in header
            assert "secret" not in header
