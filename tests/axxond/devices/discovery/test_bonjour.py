"""What Axis devices announce by Bonjour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.discovery import bonjour
from axxond.devices.discovery.addresses import host
from axxond.devices.discovery.port import Found

MAC = "ACCC8E012345"
TXT = {b"macaddress": MAC.encode()}


def read(name: str, *addresses: str, port: int = 80, **texts: str) -> Found | None:
    properties = {key.encode(): text.encode() for key, text in texts.items()}
    return bonjour.read(f"{name}.{bonjour.TYPE}", addresses or ("192.0.2.7",), port, properties)


def test_a_device_is_found_by_its_default_name() -> None:
    found = read(f"AXIS M5525-E - {MAC}", macaddress=MAC)
    assert found == Found(
        "axis://192.0.2.7", "axis", f"AXIS M5525-E - {MAC}", "AXIS", "M5525-E", MAC,
        MAC.lower(), f"mac:{MAC.lower()}",
    )  # fmt: skip


def test_a_renamed_device_is_the_same_device_by_its_record() -> None:
    found, before = read("Front door", macaddress=MAC), read(f"AXIS P1 - {MAC}")
    assert found is not None
    assert before is not None
    assert (found.name, found.model) == ("Front door", "")
    assert found.key == before.key == f"mac:{MAC.lower()}"


def test_the_record_s_key_has_no_case_and_a_second_of_a_name_is_numbered() -> None:
    found = read(f"AXIS Q6 - {MAC} (2)", MACAddress="ac:cc:8e:01:23:45")
    assert found is not None
    assert (found.model, found.mac) == ("Q6", MAC.lower())


@pytest.mark.parametrize(
    ("offered", "port", "url"),
    [
        (("fe80::1", "192.0.2.7"), 80, "axis://192.0.2.7"),
        (("169.254.3.4", "192.0.2.7"), 8080, "axis://192.0.2.7:8080"),
        (("169.254.3.4",), 0, "axis://169.254.3.4"),
        (("2001:db8::1",), 81, "axis://[2001:db8::1]:81"),
    ],
)
def test_the_address_that_can_be_reached_best_is_taken(
    offered: tuple[str, ...], port: int, url: str
) -> None:
    found = read("x", *offered, port=port)
    assert found is not None
    assert found.url == url


@pytest.mark.parametrize("offered", [("nonsense",), ("0.0.0.0",), ("224.0.0.1",)])
def test_a_device_without_an_address_is_none(offered: tuple[str, ...]) -> None:
    assert read("x", *offered) is None


@given(
    st.text(max_size=300),
    st.dictionaries(st.binary(max_size=20), st.none() | st.binary(max_size=300), max_size=5),
    st.integers(0, 65535),
)
def test_fuzz_whatever_is_announced_is_fit_to_be_shown(
    name: str, properties: dict[bytes, bytes | None], port: int
) -> None:
    found = bonjour.read(name, ["192.0.2.7"], port, properties | {b"macaddress": b"\xff\0"})
    assert found is not None
    assert found.name.isprintable()
    assert len(found.name) <= 100
    assert host(found.url) == "192.0.2.7"
    assert found.mac == "" or len(found.mac) == 12
