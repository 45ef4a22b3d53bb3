"""The sample driver pack: found by its entry point, and true to the contract."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from axxond.devices import drivers
from axxond.devices.control import ControlSettings
from axxond.devices.port import DeviceError
from protocol.types import FailureKind
from tests.axxond.devices.contract_control import ControlContract, Rig
from tests.fakes import pack
from tests.fakes.pack.emulator import DoorStation

_FOLDER = Path(pack.__file__).parent


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `pip install` would have it."""
    project = tomllib.loads((_FOLDER / "pyproject.toml").read_text())["project"]
    entries = [
        EntryPoint(name, value, drivers.GROUP)
        for name, value in project["entry-points"][drivers.GROUP].items()
    ]
    monkeypatch.syspath_prepend(str(_FOLDER))
    monkeypatch.setattr(
        drivers.metadata,
        "entry_points",
        lambda *, group, name: [e for e in entries if (e.group, e.name) == (group, name)],
    )


@pytest.fixture
async def station() -> AsyncIterator[DoorStation]:
    made = DoorStation()
    await made.start()
    yield made
    await made.stop()


class TestSample(ControlContract):
    @pytest.fixture
    async def rig(self, station: DoorStation) -> AsyncIterator[Rig]:
        control = drivers.driver("sample").control(ControlSettings(station.url, "admin", "secret"))
        assert control is not None
        yield Rig(control, station.ring, station.stop)
        await control.close()


async def test_a_wrong_password_is_told(station: DoorStation) -> None:
    control = drivers.driver("sample").control(ControlSettings(station.url, "admin", "guess"))
    assert control is not None
    with pytest.raises(DeviceError) as caught:
        await control.describe()
    await control.close()
    assert caught.value.kind is FailureKind.LOGIN


async def test_the_lock_opens(station: DoorStation) -> None:
    control = drivers.driver("sample").control(ControlSettings(station.url, "admin", "secret"))
    assert control is not None
    assert control.outputs is not None
    await control.outputs.set_output("lock", active=True)
    await control.close()
    assert station.lock
