"""Several finders as one stream of finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from attrs import evolve, frozen

from axxond.devices.discovery import addresses
from axxond.devices.discovery.port import Found
from axxond.devices.discovery.search import discover

_DOME = Found("onvif://192.0.2.7/", "onvif", "Dome", hardware_id="urn:uuid:7")
_BOX = Found("onvif://192.0.2.8/", "onvif", "Box")


@frozen
class _Finder:
    finds: tuple[Found, ...] = ()
    error: Exception | None = None
    name: str = "test"

    async def find(self, tell: Callable[[Found], None], seconds: float) -> None:
        for found in self.finds:
            tell(found)
            await asyncio.sleep(0)
        if self.error is not None:
            raise self.error


async def _found(*finders: _Finder) -> list[Found]:
    return [found async for found in discover(0.01, finders)]


async def test_a_device_is_told_once_and_again_when_it_tells_more() -> None:
    better = evolve(_DOME, mac="accc8e000001")
    assert await _found(_Finder((_DOME, _BOX, _DOME, better))) == [_DOME, _BOX, better]


@pytest.mark.parametrize("error", [OSError("no network"), KeyError("a bug")])
async def test_a_finder_that_fails_leaves_the_others(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert await _found(_Finder(error=error), _Finder((_DOME,))) == [_DOME]
    assert "test" in caplog.text


async def test_a_network_that_invents_devices_ends() -> None:
    many = tuple(evolve(_BOX, url=f"onvif://{number}/") for number in range(3000))
    assert len(await _found(_Finder(many))) == 1024


async def test_one_who_leaves_early_ends_the_search() -> None:
    search = discover(60.0, [_Finder((_DOME,))])
    assert await anext(search) == _DOME
    await search.aclose()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "discovery"]


@pytest.mark.parametrize(
    ("url", "identity", "same"),
    [
        ("onvif://192.0.2.7/other", "", True),
        ("onvif://192.0.2.7:81/", "", False),
        ("onvif://192.0.2.99/", "urn:uuid:7", True),
        ("onvif://192.0.2.7/", "urn:uuid:8", False),
        ("nonsense", "", False),
        ("onvif://[", "", False),
    ],
)
def test_a_known_device_is_recognised(url: str, identity: str, same: bool) -> None:
    assert addresses.same_device(_DOME.url, _DOME.hardware_id, url, identity) is same
    assert addresses.same_device(url, identity, _DOME.url, _DOME.hardware_id) is same


def test_two_devices_without_address_are_not_one() -> None:
    assert not addresses.same_device("", "", "", "")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("onvif://192.0.2.9", 80),
        ("https://192.0.2.9/onvif/device_service", 443),
        ("axis://192.0.2.9:8080", 8080),
        ("rtsp://192.0.2.9/1", None),
        ("onvif://192.0.2.9:x", None),
        ("", None),
    ],
)
def test_a_stream_tells_nothing_of_its_web_server(url: str, port: int | None) -> None:
    assert addresses.web_port(url) == port
