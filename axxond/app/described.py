"""What a driver says of a device, in the words of the wire, and back.  Pure."""

from __future__ import annotations

from attrs import asdict

from axxond.devices import control as port
from axxond.devices.keeper import ControlState
from protocol import devicetypes as wire
from protocol.messages import DeviceDescribed


def described(status: wire.DeviceNotice, said: port.Description | None) -> DeviceDescribed:
    """`said` None: nothing yet."""
    if said is None:
        return DeviceDescribed(status)
    return DeviceDescribed(
        status,
        said.manufacturer,
        said.model,
        said.firmware,
        said.serial,
        sorted(said.capabilities),
        streams(said),
        [_port(one) for one in said.inputs],
        [_port(one) for one in said.outputs],
        list(said.switched_off),
        said.clock_offset_us,
    )


def notice(device: str, state: ControlState) -> wire.DeviceNotice:
    return wire.DeviceNotice(
        device, state.state, state.since_us, state.failure, state.reason, state.events
    )


def streams(said: port.Description) -> list[wire.DeviceStream]:
    return [
        wire.DeviceStream(
            one.token,
            one.name,
            one.channel,
            one.url,
            setup_out(one.setup),
            _options(one.options),
            one.audio,
        )
        for one in said.streams
    ]


def setup_out(setup: port.StreamSetup) -> wire.StreamSetup:
    return wire.StreamSetup(**asdict(setup))


def setup_in(setup: wire.StreamSetup) -> port.StreamSetup:
    return port.StreamSetup(**asdict(setup))


def preset(one: port.Preset) -> wire.Preset:
    return wire.Preset(one.token, one.name)


def place(status: port.PtzStatus) -> wire.PtzPlace:
    return wire.PtzPlace(status.pan, status.tilt, status.zoom, status.moving)


def _port(one: port.IoPort) -> wire.DevicePort:
    return wire.DevicePort(one.token, one.name, one.active, one.normally_closed)


def _options(options: port.StreamOptions) -> wire.StreamOptions:
    return wire.StreamOptions(
        list(options.codecs),
        [wire.Size(width, height) for width, height in options.sizes],
        _range(options.fps),
        _range(options.bitrate_bps),
        _range(options.gop),
        _range(options.quality),
    )


def _range(pair: tuple[float, float] | None) -> wire.Range | None:
    return None if pair is None else wire.Range(float(pair[0]), float(pair[1]))
