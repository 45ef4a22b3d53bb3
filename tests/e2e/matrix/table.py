"""The matrix: adds all sources to one daemon, lets it record, tries everything, prints."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from attrs import evolve, frozen

from axxon_client.net.errors import LinkError
from axxon_client.net.link import ServerLink
from protocol.devicetypes import Credential, NewCamera, NewDevice
from protocol.errors import ProtocolError
from protocol.messages import AddDevices, Changed, DeviceTried, GetStatus, ServerStatus, TryDevice
from protocol.types import CameraStatus, DeviceState, ObjectKind
from tests.e2e.harness import Daemon, log_in, until
from tests.e2e.matrix import checks
from tests.e2e.matrix.checks import NONE, WORKS, FailedError, Subject
from tests.e2e.matrix.sources import Source

COLUMNS = ("live", "recorded", "played", "exported", "sound", "events", "PTZ", "I/O")
RECORD_S = 10.0
_ONLINE_S = 60.0
_AT_ONCE = 4  # sources that are tried side by side
_SECOND_US = 1_000_000


@frozen
class Line:
    """`cells`: by column, `WORKS`, `NONE` or what failed; `note`: why a source has less."""

    source: str
    cells: dict[str, str]
    note: str = ""

    @property
    def is_good(self) -> bool:
        """Nothing failed, and nothing is left open."""
        return set(self.cells) == set(COLUMNS) and set(self.cells.values()) <= {WORKS, NONE}


async def matrix(sources: Sequence[Source], folder: Path) -> list[Line]:
    daemon = Daemon(folder / "data")
    await asyncio.to_thread(daemon.start)
    try:
        link = await log_in(daemon.port, folder / "trust.json")
        try:
            return await _tried(link, sources, folder)
        finally:
            await link.close()
    finally:
        await asyncio.to_thread(daemon.stop)


def as_text(lines: Sequence[Line]) -> str:
    width = max(len(line.source) for line in lines)
    rows = [f"{'source':{width}}  " + "  ".join(f"{name:8}" for name in COLUMNS)]
    for line in lines:
        cells = "  ".join(f"{line.cells.get(name, ''):8}" for name in COLUMNS)
        rows.append(f"{line.source:{width}}  {cells}  {line.note}".rstrip())
    return "\n".join(rows)


async def _tried(link: ServerLink, sources: Sequence[Source], folder: Path) -> list[Line]:
    for source in sources:
        await _add(link, source)
    await _settled(link, sources)
    await asyncio.sleep(RECORD_S)  # footage takes the time that it takes
    objects = await checks.tree(link)
    names = {one.name: one.id for one in objects if one.kind is ObjectKind.CAMERA}
    end_us = link.server_now_us() - _SECOND_US
    begin_us = end_us - round((RECORD_S - 3) * _SECOND_US)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(source: Source) -> Line:
        subject = Subject(source, names[source.name], objects, link, begin_us, end_us)
        async with gate:
            return await (_refused(subject) if source.refused else _line(subject, folder))

    return list(await asyncio.gather(*(one(source) for source in sources)))


async def _add(link: ServerLink, source: Source) -> None:
    """As the client's wizard does it where the device can say what it is."""
    new = NewDevice(
        source.name, source.driver, source.url, source.user, source.password,
        cameras=[NewCamera(source.name)],
    )  # fmt: skip
    if source.hands is not None:
        login = [Credential(source.user, source.password)]
        tried = await link.ask(TryDevice(source.url, source.driver, login), DeviceTried)
        assert tried.suggestion is not None, tried.text
        new = evolve(tried.suggestion, name=source.name, password=source.password)
        new = evolve(new, cameras=[evolve(camera, name=source.name) for camera in new.cameras])
    await link.ask(AddDevices([new]), Changed)


async def _settled(link: ServerLink, sources: Sequence[Source]) -> None:
    """Until all that can be is recorded, as far as that is to be in time."""
    wanted = sum(not source.refused for source in sources)

    async def recorded() -> bool:
        status = await link.ask(GetStatus(), ServerStatus)
        return (
            sum(one.recording and one.state is DeviceState.ONLINE for one in status.cameras)
            >= wanted
        )

    with contextlib.suppress(TimeoutError):  # who is missing will show
        await until(recorded, _ONLINE_S, "recording of all cameras")


async def _line(subject: Subject, folder: Path) -> Line:
    tries: dict[str, Callable[[], Awaitable[str]]] = {
        "live": lambda: checks.live(subject),
        "recorded": lambda: checks.recorded(subject),
        "played": lambda: checks.played(subject),
        "exported": lambda: checks.exported(subject, folder),
        "sound": lambda: checks.sound(subject),
        "events": lambda: checks.events(subject),
        "PTZ": lambda: checks.ptz(subject),
        "I/O": lambda: checks.io(subject),
    }
    cells = {}
    for name, attempt in tries.items():
        try:
            cells[name] = await attempt()
        except (FailedError, ProtocolError, LinkError) as error:
            cells[name] = f"FAILED: {error}"
    whole = subject.source.hands is not None and subject.source.hands.press is not None
    reasons = [] if whole else [subject.source.why]
    reasons += [] if subject.source.sound else ["no sound in it"]
    if "FAILED" in " ".join(cells.values()):
        state = await _status(subject)
        reasons.append(f"[{state.state.value} {state.reason}]")
    return Line(subject.source.name, cells, "; ".join(reasons))


async def _refused(subject: Subject) -> Line:
    """The camera says why it is not there."""
    state = await _status(subject)
    said = bool(state.reason) and state.state is not DeviceState.ONLINE
    cells = dict.fromkeys(COLUMNS, NONE)
    cells["live"] = NONE if said else "FAILED: it does not say that it is refused"
    return Line(subject.source.name, cells, f"{subject.source.refused}; told: {state.reason}")


async def _status(subject: Subject) -> CameraStatus:
    status = await subject.link.ask(GetStatus(), ServerStatus)
    return next(one for one in status.cameras if one.camera == subject.camera)
