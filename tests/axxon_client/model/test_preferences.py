from __future__ import annotations

from pathlib import Path

import pytest

from axxon_client.model.preferences import DEFAULT_PORT, Known, Preferences, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("shop", ("shop", DEFAULT_PORT)),
        (" shop:80 ", ("shop", 80)),
        ("192.0.2.1", ("192.0.2.1", DEFAULT_PORT)),
        ("[2001:db8::1]:99", ("2001:db8::1", 99)),
        ("2001:db8::1", ("2001:db8::1", DEFAULT_PORT)),
    ],
)
def test_addresses_are_read_with_or_without_port(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":80", "shop:0", "shop:70000", "shop:x"])
def test_bad_addresses_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match=r"Enter|port"):
        parse_address(text)


def test_servers_are_remembered_the_last_one_first(tmp_path: Path) -> None:
    path = tmp_path / "client.ini"
    preferences = Preferences(path)
    preferences.remember(Known("a", 1, "admin", "Shop"))
    preferences.remember(Known("b", 2, "guard"))
    preferences.remember(Known("a", 1, "guard", "Shop"))
    again = Preferences(path).servers()
    assert again == [Known("a", 1, "guard", "Shop"), Known("b", 2, "guard")]


def test_a_server_can_be_forgotten(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "client.ini")
    preferences.remember(Known("a", 1, "admin"))
    preferences.forget(Known("a", 1, "whoever"))
    assert preferences.servers() == []


def test_flags_are_kept_and_changes_told(tmp_path: Path) -> None:
    path = tmp_path / "client.ini"
    preferences = Preferences(path)
    told: list[str] = []
    preferences.changed.connect(told.append)
    preferences.set_flag("touch", True)
    preferences.set_flag("touch", True)
    assert told == ["touch"]
    del preferences
    assert Preferences(path).flag("touch")
