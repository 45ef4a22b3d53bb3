"""Drivers by name, and driver packs."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from axxond.config.schema.device import DEVICE
from axxond.devices import drivers
from axxond.devices.control import ControlSettings
from axxond.devices.libav import LibavDriver
from axxond.devices.port import DeviceError
from protocol.types import FailureKind


def _install(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    def found(*, group: str, name: str) -> list[EntryPoint]:
        return [one for one in entries if (one.group, one.name) == (group, name)]

    monkeypatch.setattr(drivers.metadata, "entry_points", found)


def test_every_driver_that_can_be_chosen_exists() -> None:
    (field,) = (one for one in DEVICE.fields if one.name == "driver")
    assert [drivers.driver(name).name for name in field.choices] == field.choices


@pytest.mark.parametrize(
    ("url", "steered"),
    [
        ("onvif://192.0.2.9", True),
        ("axis://192.0.2.9", True),
        ("rtsp://192.0.2.9/1", False),
        ("http://192.0.2.9/video", False),
    ],
)
async def test_the_address_tells_whether_there_is_a_device_to_steer(
    url: str, steered: bool
) -> None:
    control = drivers.driver("auto").control(ControlSettings(url))
    assert (control is not None) is steered
    if control is not None:
        await control.close()


def test_a_pack_brings_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "axxond.devices.libav:LibavDriver"
    _install(monkeypatch, EntryPoint("acme", value, drivers.GROUP))
    assert isinstance(drivers.driver("acme"), LibavDriver)


def test_a_pack_does_not_take_the_place_of_a_built_in_driver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _install(monkeypatch, EntryPoint("rtsp", "nowhere:Nothing", drivers.GROUP))
    assert drivers.driver("rtsp").name == "rtsp"


@pytest.mark.parametrize("value", ["nowhere:Nothing", "axxond.devices.libav:Nothing"])
def test_a_broken_pack_is_one_clear_failure(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _install(monkeypatch, EntryPoint("acme", value, drivers.GROUP))
    with pytest.raises(DeviceError, match='"acme" cannot be loaded') as caught:
        drivers.driver("acme")
    assert caught.value.kind is FailureKind.INTERNAL


def test_an_absent_driver_is_named_with_the_remedy() -> None:
    with pytest.raises(DeviceError, match=r'no driver "acme".*install') as caught:
        drivers.driver("acme")
    assert caught.value.kind is FailureKind.UNSUPPORTED
