"""Devices from a shell."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from axxon_client.cli.devices import parse_setting
from axxon_client.cli.problems import CommandError
from protocol import messages as m
from protocol.types import Codec
from tests.axxon_client.cli.conftest import Run
from tests.fakes.server import FakeServer

CAMERA = DEVICE = "Entrance"


def test_found_devices_are_listed_with_what_is_known_of_them(logged_in: Run) -> None:
    ran = logged_in("discover", "--seconds", "0.5")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert any("192.0.2.101" in line and line.endswith("new") for line in lines)
    assert any("already 'Entrance'" in line for line in lines)


def test_a_device_says_what_it_can_do(logged_in: Run) -> None:
    ran = logged_in("describe", DEVICE)
    assert ran.code == 0, ran.err
    assert "Acme Dome 5" in ran.out
    assert "stream sub: h264 640x360 10 fps 500 kbit/s GOP 20" in ran.out
    assert "input in1: Door, inactive" in ran.out
    assert "Only its stream" in logged_in("describe", "Till").out


def test_stream_settings_are_shown_and_changed(logged_in: Run) -> None:
    done = logged_in("stream-settings", DEVICE, "sub", "size=320x180", "fps=5", "--json")
    assert done.code == 0, done.err
    assert (done.json["width"], done.json["fps"], done.json["codec"]) == (320, 5.0, "h264")
    assert "320x180 5 fps" in logged_in("stream-settings", DEVICE).out
    assert logged_in("stream-settings", DEVICE, "none", "fps=5").code == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("codec=h265", {"codec": Codec.H265}),
        ("kbps=1500", {"bitrate_bps": 1_500_000}),
        ("gop=25", {"gop": 25}),
        ("quality=70", {"quality": 70.0}),
    ],
)
def test_settings_are_read(text: str, value: dict[str, object]) -> None:
    assert parse_setting(text) == value


@pytest.mark.parametrize("text", ["size=640", "fps=fast", "colour=red", "codec=divx"])
def test_settings_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(CommandError):
        parse_setting(text)


def test_a_camera_is_steered(logged_in: Run, server: FakeServer) -> None:
    fake = server.devices.devices
    assert logged_in("ptz", CAMERA, "go", "0.5", "0.25", "0.1").code == 0
    assert fake.place.pan == 0.5
    ran = logged_in("ptz", CAMERA, "set-preset", "Gate", "--json")
    token = ran.json["token"]
    shown = logged_in("ptz", CAMERA, "show").out
    assert f"preset {token}: Gate" in shown
    assert "steered by admin" in shown
    assert logged_in("ptz", CAMERA, "preset", token).code == 0
    fake.steered.clear()
    assert logged_in("ptz", CAMERA, "move", "1", "0", "--seconds", "0.1").code == 0
    assert [type(one) for one in fake.steered] == [m.MovePtz, m.StopPtz]
    assert logged_in("ptz", CAMERA, "move", "left", "0").code == 2
    assert logged_in("ptz", CAMERA, "home", "now").code == 2
    assert logged_in("ptz", "Till", "stop").code == 5


def test_sensors_are_listed_and_relays_switched(logged_in: Run, server: FakeServer) -> None:
    assert logged_in("io", "Lamp", "on", "--seconds", "2").code == 0
    assert server.devices.devices.output_active
    lines = logged_in("io").out.splitlines()
    assert any("Lamp" in line and line.endswith(" active") for line in lines)
    assert any("Door contact" in line and "inactive" in line for line in lines)
    assert logged_in("io", "Lamp", "off").code == 0
    assert not server.devices.devices.output_active


def test_a_file_is_said_at_the_loudspeakers_rate(
    logged_in: Run, server: FakeServer, private: Path
) -> None:
    path = private / "hello.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(b"\x34\x12" * 8000)
    server.devices.devices.spoken.clear()
    ran = logged_in("talk", CAMERA, str(path))
    assert ran.code == 0, ran.err
    assert b"".join(server.devices.devices.spoken) == b"\x12\x34" * 4000
    assert server.devices.devices.speaker == ""
    assert logged_in("talk", CAMERA, str(private / "none.wav")).code == 1
