"""Pictures and sound of an Axis device, and what its addresses mean."""

from __future__ import annotations

import pytest

from axxond.devices.axis.address import parse
from axxond.devices.axis.params import parse as parse_params
from axxond.devices.port import DeviceError
from protocol.types import Codec, FailureKind, MediaKind
from tests.axxond.devices.web.test_mjpeg import failure, received
from tests.fakes.axis.emulator import PASSWORD, USER, AxisEmulator


async def test_a_stream_is_watched_by_the_port_that_the_device_tells(
    camera: AxisEmulator,
) -> None:
    url = f"{camera.url}/?camera=1&streamprofile=Low quality"
    sink = await received(url, 5, "axis", user=USER, password=PASSWORD)
    assert sink.units(MediaKind.VIDEO)[0].format.codec is Codec.H264
    assert sink.units(MediaKind.AUDIO)[0].format.codec is Codec.PCMU
    assert camera.rtsp.asked[-1] == {
        "audio": ["1"], "camera": ["1"], "streamprofile": ["Low quality"],
    }  # fmt: skip


async def test_an_rtsp_address_is_taken_as_it_is(camera: AxisEmulator) -> None:
    url = f"rtsp://127.0.0.1:{camera.rtsp.port}/axis-media/media.amp?resolution=640x360"
    sink = await received(url, 2, "axis", user=USER, password=PASSWORD, audio=False)
    assert sink.units(MediaKind.AUDIO) == []
    assert camera.rtsp.asked[-1] == {"resolution": ["640x360"]}


async def test_a_wrong_log_in_is_told(camera: AxisEmulator) -> None:
    error = await failure(camera.url, "axis", user=USER, password="hidden-one")
    assert error.kind is FailureKind.LOGIN
    assert "hidden-one" not in str(error)


@pytest.mark.parametrize(
    ("url", "web", "rtsp"),
    [
        ("axis://cam", "http://cam", "rtsp://cam:554/axis-media/media.amp"),
        (
            "https://cam:8443/?camera=2",
            "https://cam:8443",
            "rtsp://cam:554/axis-media/media.amp?camera=2",
        ),
        (
            "axis://[fe80::1]:81",
            "http://[fe80::1]:81",
            "rtsp://[fe80::1]:554/axis-media/media.amp",
        ),
    ],
)
def test_addresses_are_understood(url: str, web: str, rtsp: str) -> None:
    address, _, _ = parse(url)
    assert (address.web, address.rtsp(554)) == (web, rtsp)
    assert parse(address.stream(camera="3"))[0].camera == "3"


def test_a_log_in_in_the_address_is_taken_out() -> None:
    address, user, password = parse("axis://root:a%20b@cam/?camera=1")
    assert (user, password) == ("root", "a b")
    assert "a%20b" not in address.web


@pytest.mark.parametrize("url", ["", "axis://", "ftp://cam", "axis://cam:x", "cam"])
def test_addresses_that_are_none_are_told(url: str) -> None:
    with pytest.raises(DeviceError, match="no address"):
        parse(url)


def test_parameters_are_read_line_by_line() -> None:
    told = parse_params("root.A.B=x=y\r\n# Error: no\nroot.C.D3.E=Yes\ngarbage\nroot.N=12\n")
    assert told.values == {"A.B": "x=y", "C.D3.E": "Yes", "N": "12"}
    assert (told.flag("C.D3.E"), told.integer("N"), told.integer("A.B")) == (True, 12, None)
    assert list(told.numbered("C", "D")) == [(3, "C.D3")]
