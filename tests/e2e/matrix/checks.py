"""One thing each that the product does with a camera, tried over the wire as a client does."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

from attrs import define

from axxon_client.net.link import ServerLink
from protocol.messages import (
    Export,
    GetPtz,
    GetTimeLine,
    GetTree,
    GoPtz,
    JournalPage,
    MovePtz,
    OpenPlayback,
    PtzState,
    QueryJournal,
    StopPtz,
    SwitchRelay,
    TimeLine,
    Tree,
)
from protocol.types import Codec, ObjectKind, ObjectRecord, StreamRole
from tests.e2e.harness import until
from tests.e2e.matrix.sources import Source
from tests.e2e.matrix.watch import Watcher, heard, shown

SECOND_US = 1_000_000
LIVE_S, PLAY_S = 8.0, 20.0
# Of a camera with one picture a second there must come some too.
_PICTURES, _SLOW_PICTURES = 10, 4
_SOUND_S = 1.0
WORKS, NONE = "works", "–"


class FailedError(Exception):
    """What did not happen, in a few words."""


def need(condition: object, what: str) -> None:
    if not condition:
        raise FailedError(what)


@define
class Subject:
    """A camera in the daemon.  [begin_us; end_us): a period that was recorded whole."""

    source: Source
    camera: str
    objects: list[ObjectRecord]
    link: ServerLink
    begin_us: int = 0
    end_us: int = 0

    def child(self, kind: ObjectKind) -> str:
        found = [one.id for one in self.objects if one.kind is kind and one.parent == self.camera]
        need(found, f"no {kind.value} was made")
        return found[0]


async def live(subject: Subject) -> str:
    watcher, source = Watcher(), subject.source
    tap = await subject.link.open_live(subject.camera, StreamRole.HIGH, False, watcher)
    try:
        await watcher.until(lambda: len(watcher.units) > 3 * _PICTURES, LIVE_S)
    finally:
        await tap.close()
    return await _judged(watcher, source)


async def _judged(watcher: Watcher, source: Source) -> str:
    units = watcher.of(0)
    need(units, "no picture")
    codecs = {form.codec for form, _ in units}
    need(codecs <= set(source.codecs), f"{codecs} in place of {source.codecs}")
    count, errors = await asyncio.to_thread(shown, units)
    span_us = units[-1][1].dts_us - units[0][1].dts_us
    slow = span_us / max(1, len(units)) > SECOND_US / 2
    need(count >= (_SLOW_PICTURES if slow else _PICTURES), f"{count} pictures of {len(units)}")
    need(errors == 0, f"{errors} of {len(units)} do not decode")
    return WORKS


async def recorded(subject: Subject) -> str:
    """The end of the period may still wait for the end of its GOP."""
    whole_us = subject.end_us - subject.begin_us
    covered_us = 0
    for _ in range(50):
        covered_us = await _covered_us(subject)
        if covered_us >= 0.95 * whole_us:
            return WORKS
        await asyncio.sleep(0.2)
    raise FailedError(f"{covered_us / 1e6:.1f} s of footage")


async def _covered_us(subject: Subject) -> int:
    ask = GetTimeLine(subject.camera, subject.begin_us, subject.end_us)
    line = await subject.link.ask(ask, TimeLine)
    return sum(
        min(span.end_us, subject.end_us) - max(span.begin_us, subject.begin_us)
        for span in line.spans
        if span.kind == "footage"
    )


async def played(subject: Subject) -> str:
    return await _judged(await _play(subject, audio=False), subject.source)


async def _play(subject: Subject, audio: bool) -> Watcher:
    watcher = Watcher()
    ask = OpenPlayback(subject.camera, subject.begin_us, audio=audio)
    watcher.channel = await subject.link.open_pulled(ask, watcher)
    try:
        await watcher.until(
            lambda: watcher.units and watcher.units[-1][1].dts_us >= subject.end_us, PLAY_S
        )
    finally:
        await watcher.channel.close()
    return watcher


async def exported(subject: Subject, folder: Path) -> str:
    path = folder / f"{subject.camera}.mp4"
    watcher = Watcher()
    ask = Export(subject.camera, subject.begin_us, subject.end_us, "mp4")
    watcher.channel = await subject.link.open_pulled(ask, watcher)
    await watcher.until(lambda: any(one.what in ("end", "closed") for one in watcher.notices), 60)
    need(watcher.notices, "no file within a minute")
    need(watcher.notices[-1].what == "end", watcher.notices[-1].text)
    await asyncio.to_thread(path.write_bytes, b"".join(watcher.parts))
    length_s, complaints = await asyncio.to_thread(_probed, path)
    if complaints and subject.source.driver == "file":
        complaints -= await asyncio.to_thread(_own_faults, Path(subject.source.url))
    wanted_s = (subject.end_us - subject.begin_us) / SECOND_US
    need(abs(length_s - wanted_s) < 1.5, f"{length_s:.1f} s in place of {wanted_s:.1f}")
    need(not complaints, "; ".join(complaints)[:80])
    return WORKS


def _own_faults(path: Path) -> set[str]:
    """What ffmpeg says of the footage itself, round and round and from any key frame on."""
    length_s, found = _probed(path, "-stream_loop", "2")
    for share in (0.2, 0.4, 0.6, 0.8):
        found |= _probed(path, "-ss", f"{share * length_s:.2f}")[1]
    return found


def _probed(path: Path, *options: str) -> tuple[float, set[str]]:
    """Length and the kinds of ffmpeg's complaints, by the field's own tools."""
    probe = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    told = subprocess.run([*probe, path], capture_output=True, text=True, timeout=60, check=False)
    decode = ["ffmpeg", "-v", "error", *options, "-i", path, "-fps_mode", "passthrough"]
    done = subprocess.run(
        [*decode, "-enc_time_base", "-1", "-f", "null", "-"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    lines = (told.stderr + done.stderr).splitlines()
    kinds = {
        re.sub(r"[0-9A-F]*\d[0-9A-F]*", "#", line.partition("] ")[2] or line) for line in lines
    }
    length = re.match(r"\d+(\.\d+)?", told.stdout)  # of a raw stream ffprobe knows none
    return float(length[0]) if length else 0.0, kinds


async def sound(subject: Subject) -> str:
    wanted = subject.source.sound
    if wanted is None:
        return NONE
    watcher = Watcher()
    tap = await subject.link.open_live(subject.camera, StreamRole.HIGH, True, watcher)
    try:
        await watcher.until(lambda: len(watcher.of(1)) > 100, LIVE_S / 2)
    finally:
        await tap.close()
    await _audible(watcher, wanted, "live")
    await _audible(await _play(subject, audio=True), wanted, "recorded")
    return WORKS


async def _audible(watcher: Watcher, wanted: Codec, where: str) -> None:
    units = watcher.of(1)
    need(units, f"no sound {where}")
    codecs = {form.codec for form, _ in units}
    need(codecs == {wanted}, f"{codecs} {where} in place of {wanted}")
    seconds, loud = await asyncio.to_thread(heard, units)
    need(seconds >= _SOUND_S, f"{seconds:.1f} s of sound {where}")
    need(loud, f"silence {where}")


async def events(subject: Subject) -> str:
    """The device's first input is pressed; its sensor is told active in the journal."""
    hands = subject.source.hands
    if hands is None or hands.press is None:
        return NONE
    subject.child(ObjectKind.SENSOR)
    hands.press(False)
    hands.press(True)

    async def told() -> bool:
        ask = QueryJournal(objects=[subject.camera], types=["sensor."])
        page = await subject.link.ask(ask, JournalPage)
        return bool(page.events)

    try:
        await until(told, 10, "the event")
    except TimeoutError as error:
        raise FailedError("the sensor's change was not told") from error
    finally:
        hands.press(False)
    return WORKS


async def ptz(subject: Subject) -> str:
    hands = subject.source.hands
    if hands is None:
        return NONE
    subject.child(ObjectKind.TELEMETRY)
    await subject.link.request(GoPtz(subject.camera, 0.5, 0.0, 0.0))
    pan = await _told_pan(subject) if hands.pan is None else hands.pan()
    need(abs(pan - 0.5) < 0.02, f"pan {pan:.2f} in place of 0.5")
    await subject.link.request(MovePtz(subject.camera, -1.0, 0.0, 0.0))
    await subject.link.request(StopPtz(subject.camera))
    return WORKS


async def _told_pan(subject: Subject) -> float:
    """By the device, when it has come there."""
    pan = 0.0
    for _ in range(30):
        state = await subject.link.ask(GetPtz(subject.camera), PtzState)
        pan = (state.place.pan if state.place is not None else None) or 0.0
        if abs(pan - 0.5) < 0.02:
            break
        await asyncio.sleep(0.1)
    return pan


async def io(subject: Subject) -> str:
    hands = subject.source.hands
    if hands is None or hands.output is None:
        return NONE
    relay = subject.child(ObjectKind.RELAY)
    for on in (True, False):
        await subject.link.request(SwitchRelay(relay, on))
        need(hands.output() is on, f"the output is not {'on' if on else 'off'}")
    return WORKS


async def tree(link: ServerLink) -> list[ObjectRecord]:
    return list((await link.ask(GetTree(), Tree)).objects)
