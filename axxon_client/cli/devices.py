"""Commands for devices: discover, describe, stream-settings, ptz, io, talk."""

from __future__ import annotations

import queue
import time
import wave
from pathlib import Path
from typing import Any

from attrs import asdict, evolve

from axxon_client.cli import names
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from protocol import messages as m
from protocol.devicetypes import FoundDevice, StreamSetup
from protocol.types import Codec, ObjectKind, ObjectRecord

_POLL_S = 0.1
_TALK_PIECE_S = 0.1


def discover(context: Context) -> None:
    """A line for each device, as it is found."""
    options = context.options
    with context.client() as client:
        known = {item.id: item.name for item in context.tree(client)}
        told: dict[str, FoundDevice] = {}
        for notice in _notices(client, m.FoundNotice, options.seconds, m.Discover()):
            for found in notice.found:
                if told.get(found.key) == found:
                    continue
                told[found.key] = found
                is_new = f"already {known.get(found.device, found.device)!r}"
                state = is_new if found.device else "new"
                context.out.line(found, f"{found.host:<16} {found.name:<32} {found.url}  {state}")
        if not told:
            context.out.say("No device answered: check that it is in the same network.")


def _notices(client: Client, kind: type[Any], seconds: float, request: m.Request) -> Any:
    """Notices of a channel, for that long."""
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    link = client.link
    link.on_notice = lambda message, _: heard.put(message)
    opened = client.ask(request, m.Opened)
    end_s = time.monotonic() + seconds
    try:
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                message = heard.get(timeout=min(left_s, _POLL_S))
            except queue.Empty:
                continue
            if isinstance(message, kind):
                yield message
    finally:
        client.ask(m.CloseChannel(opened.channel), m.Done)


def describe(context: Context) -> None:
    with context.client() as client:
        device = _device(context, client, context.options.device)
        said = client.ask(m.DescribeDevice(device.id, context.options.fresh), m.DeviceDescribed)
        context.out.value(said, _description(device, said))


def _description(device: ObjectRecord, said: m.DeviceDescribed) -> str:
    status = said.status
    lines = [f"{device.name}: {status.state}" + (f", {status.reason}" if status.reason else "")]
    if not said.capabilities:
        return "\n".join([*lines, "Only its stream is known."])
    lines.append(f"{said.manufacturer} {said.model}, firmware {said.firmware}, {said.serial}")
    lines.append("can: " + ", ".join(said.capabilities))
    if said.clock_offset_us is not None:
        lines.append(f"its clock is ahead by {said.clock_offset_us / 1e6:+.1f} s")
    for stream in said.streams:
        lines.append(f"stream {stream.token}: {_setup(stream.setup)}  {stream.url}")
    for what, ports in (("input", said.inputs), ("output", said.outputs)):
        for port in ports:
            state = {True: "active", False: "inactive", None: "not known"}[port.active]
            lines.append(f"{what} {port.token}: {port.name}, {state}")
    return "\n".join([*lines, *said.switched_off])


def _setup(setup: StreamSetup) -> str:
    size = f"{setup.width}x{setup.height}" if setup.width else "?"
    rate = f"{(setup.bitrate_bps or 0) // 1000} kbit/s" if setup.bitrate_bps else ""
    fps = f"{setup.fps:g} fps" if setup.fps is not None else ""
    gop = f"GOP {setup.gop}" if setup.gop is not None else ""
    return " ".join(filter(None, (str(setup.codec or "?"), size, fps, rate, gop)))


def stream_settings(context: Context) -> None:
    """Shown, or changed where values are given."""
    options = context.options
    with context.client() as client:
        device = _device(context, client, options.device)
        if not options.values:
            said = client.ask(m.DescribeDevice(device.id, True), m.DeviceDescribed)
            values = [{"token": one.token, **asdict(one.setup)} for one in said.streams]
            rows = [(one.token, _setup(one.setup)) for one in said.streams]
            context.out.rows(values, ("stream", "settings"), rows)
            return
        setup = StreamSetup()
        for text in options.values:
            setup = evolve(setup, **parse_setting(text))
        done = client.ask(m.SetStream(device.id, options.stream, setup), m.StreamSet)
        context.out.value(done.setup, f"{options.stream}: {_setup(done.setup)}")


def parse_setting(text: str) -> dict[str, Any]:
    """`size=640x360`, `fps=10`, …  Raises CommandError."""
    name, _, value = text.partition("=")
    try:
        match name:
            case "codec":
                return {"codec": Codec(value)}
            case "size":
                width, _, height = value.partition("x")
                return {"width": int(width), "height": int(height)}
            case "fps" | "quality":
                return {name: float(value)}
            case "kbps":
                return {"bitrate_bps": round(float(value) * 1000)}
            case "gop":
                return {"gop": int(value)}
    except ValueError as error:
        raise CommandError(f"{text}: {error}.", Exit.USAGE) from error
    known = "codec, size (640x360), fps, kbps, gop, quality"
    raise CommandError(f"{text}: say one of {known}.", Exit.USAGE)


def ptz(context: Context) -> None:
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        request = _ptz_request(camera.id, options.action, list(options.values))
        if request is None:
            _show_ptz(context, client, camera)
            return
        done = client.ask(request, request.REPLY)
        if isinstance(request, m.MovePtz):
            time.sleep(options.seconds)
            client.ask(m.StopPtz(camera.id), m.Done)
        if isinstance(done, m.PresetSet):
            context.out.value(done.preset, f"Preset {done.preset.name!r} is {done.preset.token}.")
        else:
            context.out.value({"camera": camera.id}, "Done.")


def _ptz_request(camera: str, action: str, values: list[str]) -> m.Request | None:
    """None: to be shown.  Raises CommandError."""
    try:
        match action, values:
            case "show", []:
                return None
            case "stop", []:
                return m.StopPtz(camera)
            case "home", []:
                return m.GoHome(camera)
            case "move", [_, _] | [_, _, _]:
                return m.MovePtz(camera, *map(float, values))
            case "go", [_, _] | [_, _, _]:
                return m.GoPtz(camera, *map(float, values))
            case "preset", [token]:
                return m.GoPreset(camera, token)
            case "set-preset", [name]:
                return m.SetPreset(camera, name)
            case "remove-preset", [token]:
                return m.RemovePreset(camera, token)
            case "patrol", ["on" | "off"]:
                return m.Patrol(camera, values[0] == "on")
    except ValueError as error:
        raise CommandError(f"ptz {action}: {error}.", Exit.USAGE) from error
    raise CommandError(f"ptz {action} does not take: {' '.join(values) or 'nothing'}.", Exit.USAGE)


def _show_ptz(context: Context, client: Client, camera: ObjectRecord) -> None:
    state = client.ask(m.GetPtz(camera.id), m.PtzState)
    who = f"steered by {state.holder.user}" if state.holder.user else "free"
    lines = [f"{camera.name}: {who}" + (", on patrol" if state.holder.patrol else "")]
    if (place := state.place) is not None:
        lines.append(f"pan {place.pan} tilt {place.tilt} zoom {place.zoom}")
    lines += [f"preset {one.token}: {one.name}" for one in state.presets]
    context.out.value(state, "\n".join(lines))


def io(context: Context) -> None:
    """The state of sensors and relays; or a relay is switched."""
    options = context.options
    with context.client() as client:
        objects = context.tree(client)
        if options.relay:
            relay = names.find(objects, options.relay, ObjectKind.RELAY)
            on = options.state != "off"
            client.ask(m.SwitchRelay(relay.id, on, options.seconds), m.Done)
            context.out.value({"relay": relay.id, "on": on}, f"{relay.name}: {options.state}")
            return
        _show_io(context, client, {item.id: item.name for item in objects})


def _show_io(context: Context, client: Client, known: dict[str, str]) -> None:
    heard: queue.SimpleQueue[m.IoNotice] = queue.SimpleQueue()

    def on_notice(message: m.Message, _: bytes) -> None:
        if isinstance(message, m.IoNotice):
            heard.put(message)

    client.link.on_notice = on_notice
    client.wait(client.link.subscribe(["io"]))
    states = heard.get(timeout=10).states
    rows = [
        (
            one.kind,
            known.get(one.object_id, one.object_id),
            known.get(one.camera, ""),
            _active(one),
        )
        for one in states
    ]
    context.out.rows(states, ("kind", "name", "camera", "state"), rows)


def _active(state: Any) -> str:
    return {True: "active", False: "inactive", None: "not known"}[state.active]


def talk(context: Context) -> None:
    """A WAV file (16 bit, mono) to a camera's loudspeaker."""
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        opened = client.ask(m.OpenTalk(camera.id), m.TalkOpened)
        try:
            samples = _samples(Path(options.file), opened.format.sample_rate)
            _say(client, opened, samples)
        finally:
            client.ask(m.CloseChannel(opened.channel), m.Done)
    seconds = len(samples) / 2 / opened.format.sample_rate
    context.out.value({"seconds": seconds}, f"Said {seconds:.1f} s at {camera.name}.")


def _samples(path: Path, rate: int) -> bytes:
    """Big-endian, at the loudspeaker's rate (nearest samples).  Raises CommandError."""
    try:
        with wave.open(str(path), "rb") as sound:
            shape = sound.getsampwidth(), sound.getnchannels()
            given_rate = sound.getframerate()
            data = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise CommandError(f"{path} cannot be read as WAV: {error}.") from error
    if shape != (2, 1):
        text = f"{path} has {shape[0] * 8} bits and {shape[1]} channels: wanted 16 bits, mono."
        raise CommandError(text, Exit.USAGE)
    count = len(data) // 2 * rate // given_rate
    picked = (2 * (place * given_rate // rate) for place in range(count))
    return b"".join(data[at + 1 : at + 2] + data[at : at + 1] for at in picked)


def _say(client: Client, opened: m.TalkOpened, samples: bytes) -> None:
    piece = round(opened.format.sample_rate * _TALK_PIECE_S) * 2
    begun_s = time.monotonic()
    for number, at in enumerate(range(0, len(samples), piece)):
        part = samples[at : at + piece]
        client.network.call(client.link.send, m.TalkSamples(opened.channel), part)
        time.sleep(max(0.0, begun_s + (number + 1) * _TALK_PIECE_S - time.monotonic()))
    time.sleep(_TALK_PIECE_S)


def _device(context: Context, client: Client, wanted: str) -> ObjectRecord:
    return names.find(context.tree(client), wanted, ObjectKind.DEVICE)
