"""WS-Discovery messages: what is a find, what is not, and what strangers may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsdiscovery.message import parseSOAPMessage

from axxond.devices.discovery import wsd

_UUID = "urn:uuid:A4E5F6A7-0000-1111-2222-ACCC8E000001"
_SCOPES = (
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Yard%20east "
    "onvif://www.onvif.org/hardware/Dome-9 onvif://www.onvif.org/MAC/AC:CC:8E:00:00:01"
)


def _answer(
    xaddrs: str = "http://192.0.2.7/onvif/device_service",
    scopes: str = _SCOPES,
    types: str = "dn:NetworkVideoTransmitter",
    kind: str = "ProbeMatches",
) -> bytes:
    match = (
        f"<a:EndpointReference><a:Address>{_UUID}</a:Address></a:EndpointReference>"
        f"<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>"
        "<d:MetadataVersion>1</d:MetadataVersion>"
    )
    body = (
        f"<d:ProbeMatches><d:ProbeMatch>{match}</d:ProbeMatch></d:ProbeMatches>"
        if kind == "ProbeMatches"
        else f"<d:{kind}>{match}</d:{kind}>"
    )
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
        ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
        f"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{kind}</a:Action>"
        "<a:MessageID>urn:uuid:1</a:MessageID><a:RelatesTo>urn:uuid:2</a:RelatesTo>"
        f"<a:To>x</a:To></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize("kind", ["ProbeMatches", "Hello"])
def test_a_camera_is_found_with_all_that_it_tells(kind: str) -> None:
    (found,) = wsd.read(_answer(kind=kind), "192.0.2.7")
    assert found.url == "onvif://192.0.2.7/onvif/device_service"
    assert (found.driver, found.name, found.model) == ("onvif", "Yard east", "Dome-9")
    assert (found.mac, found.hardware_id) == ("accc8e000001", _UUID.lower())


@pytest.mark.parametrize(
    ("offered", "url"),
    [
        ("http://10.0.0.1/x http://192.0.2.7:8080/onvif/d", "onvif://192.0.2.7:8080/onvif/d"),
        ("http://10.0.0.1:80/x", "onvif://10.0.0.1/x"),
        ("https://192.0.2.7/onvif/device_service", "https://192.0.2.7/onvif/device_service"),
        ("http://user:secret@192.0.2.7/x", "onvif://192.0.2.7/x"),
        ("http://192.0.2.7:port/x", "onvif://192.0.2.7/onvif/device_service"),
        ("ftp://192.0.2.7/x", "onvif://192.0.2.7/onvif/device_service"),
        ("", "onvif://192.0.2.7/onvif/device_service"),
    ],
)
def test_the_address_is_the_one_at_which_it_answers(offered: str, url: str) -> None:
    (found,) = wsd.read(_answer(xaddrs=offered), "192.0.2.7")
    assert found.url == url


def test_an_address_of_ip_version_6_is_put_in_brackets() -> None:
    (found,) = wsd.read(_answer(xaddrs=""), "2001:db8::7")
    assert found.url == "onvif://[2001:db8::7]/onvif/device_service"


def test_spaces_in_a_name_need_not_be_escaped() -> None:
    scopes = "onvif://www.onvif.org/name/Virtual Camera 2 onvif://www.onvif.org/hardware/V"
    (found,) = wsd.read(_answer(scopes=scopes), "192.0.2.7")
    assert (found.name, found.model) == ("Virtual Camera 2", "V")


def test_what_is_no_camera_is_not_found() -> None:
    printer = _answer(types="dn:PrintDeviceType", scopes="http://example.com/printer")
    assert wsd.read(printer, "192.0.2.7") == []


def test_texts_of_strangers_are_short_and_printable() -> None:
    (found,) = wsd.read(
        _answer(scopes="onvif://www.onvif.org/name/" + "%1b%5b2J%E2%80%AE" + "x" * 9000),
        "192.0.2.7",
    )
    assert found.name.isprintable()
    assert len(found.name) <= 100


def test_entities_are_not_even_parsed() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _answer()
    assert wsd.read(bomb, "192.0.2.7") == []


@given(st.binary(max_size=300))
def test_garbage_finds_nothing(data: bytes) -> None:
    assert wsd.read(b"Hello" + data, "192.0.2.7") == []


@given(st.data())
def test_a_damaged_answer_never_fails(data: st.DataObject) -> None:
    whole = bytearray(_answer(kind=data.draw(st.sampled_from(["ProbeMatches", "Hello"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        begin = data.draw(st.integers(0, len(whole) - 1))
        end = data.draw(st.integers(begin, min(len(whole), begin + 80)))
        whole[begin:end] = data.draw(st.binary(max_size=4))
    assert len(wsd.read(bytes(whole), "192.0.2.7")) <= 1


def test_probes_ask_for_cameras_by_either_name() -> None:
    asked = [parseSOAPMessage(probe, "") for probe in wsd.probes()]
    names = {kind.getLocalname() for one in asked for kind in one.getTypes()}
    assert names == {"NetworkVideoTransmitter", "Device"}
    assert len({one.getMessageId() for one in asked}) == 2
