"""A whole fake server on the real protocol: for the client's tests and for building its window.

    python -m tests.fakes.server --port 7443 --cameras 9

prints one JSON line with address, user and password.  From code: `FakeServer` on a running loop,
or `running_server()` in a thread of its own.  It can misbehave: `drop()`, `stalled`, `refuse`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from axxon_client.net.thread import NetworkThread
from protocol import messages
from protocol.connection import Asked, hello
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import AlarmNotice, Done, Login, LoginReply, Message, StatusNotice
from protocol.transport import WireConnection, WireServer, serve, server_context
from protocol.types import AlarmState, CameraStatus, Right
from tests.fakes import footage, world
from tests.fakes.certificate import make_certificate
from tests.fakes.devices_server import DeviceHandlers
from tests.fakes.exports import Exports
from tests.fakes.keeping import Keeping
from tests.fakes.media import Media
from tests.fakes.metadata import MetadataHandlers
from tests.fakes.objects import Objects
from tests.fakes.records import Records
from tests.fakes.session import SIZES, Answer, Session, now_us
from tests.fakes.trials import Trials

_TICK_S = 0.02


class FakeServer:
    """`start`, then `port`, `password`; `stop`.  Everything runs on the loop of `start`."""

    def __init__(self, cameras: int = 9, history_us: int = 6 * world.HOUR_US) -> None:
        self.password = "axxon-fake"
        self.software = "fake 1"
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.refuse: ProtocolError | None = None  # what every request but log-in gets
        self.world = world.make(cameras, now_us(), history_us)
        self.sessions: list[Session] = []
        self._wire: WireServer | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="axxon-fake-")
        self._records = Records(self.world, self.publish)
        self._objects = Objects(self.world, self.publish, self._records)
        self.media = Media(self.world, self.sessions, lambda: self.stalled)
        self.exports = Exports(self.media, self.publish)
        self._keeping = Keeping(self.world, self.media)
        self.devices = DeviceHandlers(self.world, self.publish, self._objects)
        self.trials = Trials(self.world)
        self._metadata = MetadataHandlers(self.world)
        self._handlers = self._table() | self.devices.table()

    def _table(self) -> dict[type[Message], Callable[[Session, Any], Answer | Awaitable[Answer]]]:
        objects, media, records = self._objects, self.media, self._records
        keeping = self._keeping
        return {
            messages.GetTree: objects.tree,
            messages.GetSchema: objects.schema,
            messages.ChangeTree: objects.change,
            messages.TestDevice: objects.test_device,
            messages.ControlCamera: objects.control,
            messages.Subscribe: self._subscribe,
            messages.GetStatus: self._status,
            messages.ChangePassword: self._change_password,
            messages.OpenLive: media.open_live,
            messages.OpenPlayback: media.open_playback,
            messages.SeekPlayback: media.seek,
            messages.CloseChannel: self._close_channel,
            messages.OpenPreview: self.trials.open,
            messages.ChangePreview: self.trials.change,
            messages.BackTest: self._metadata.back_test,
            messages.CancelBackTest: self._metadata.cancel,
            messages.GetMetadata: self._metadata.stored,
            messages.GetTimeLine: media.timeline,
            messages.GetPicture: media.picture,
            messages.GetTimeLines: keeping.timelines,
            messages.GetPictures: keeping.pictures,
            messages.FindNext: keeping.find,
            messages.GetCoverage: keeping.coverage,
            messages.Protect: keeping.protect,
            messages.Unprotect: keeping.unprotect,
            messages.GetProtections: keeping.protections,
            messages.GetArchives: keeping.archives,
            messages.Export: media.export,
            messages.StartExport: self.exports.start,
            messages.ListExports: self.exports.list,
            messages.CancelExport: self.exports.cancel,
            messages.DeleteExport: self.exports.delete,
            messages.FetchExport: self.exports.fetch,
            messages.QueryJournal: records.journal,
            messages.QueryAlarms: records.alarms,
            messages.TakeAlarm: records.take,
            messages.EvaluateAlarm: records.evaluate,
        }

    @property
    def port(self) -> int:
        assert self._wire is not None
        return self._wire.port

    async def start(self, port: int = 0, new_certificate: bool = False) -> None:
        await asyncio.to_thread(self._draw)
        folder = Path(self._folder.name)
        certificate, key = await asyncio.to_thread(make_certificate, folder, new_certificate)
        greeting = hello(self.software, world.NODE, "server-a")
        context = server_context(certificate, key)
        self._wire = await serve("127.0.0.1", port, context, greeting, self._accept)
        self._ticker = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop listening and break all connections; `start` may follow."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])
        if self._wire is not None:
            await self._wire.close()
        self._wire = self._ticker = None

    def close(self) -> None:
        """Forget the certificate."""
        self._folder.cleanup()

    def drop(self) -> None:
        """Break every connection, as a cable does."""
        for session in list(self.sessions):
            session.connection.abort()

    @property
    def stalled(self) -> bool:
        """It goes on listening, but sends nothing: a machine that hangs."""
        return not self._flowing.is_set()

    @stalled.setter
    def stalled(self, stalled: bool) -> None:
        if stalled:
            self._flowing.clear()
        else:
            self._flowing.set()

    def publish(self, topic: str, message: Message) -> None:
        for session in self.sessions:
            if topic in session.topics and not self.stalled:
                session.connection.notify(message)

    def _draw(self) -> None:
        for camera in self.world.cameras.values():
            for size in SIZES.values():
                footage.loop(camera.number, *size)

    # --- sessions --------------------------------------------------------------------------

    def _accept(self, connection: WireConnection) -> None:
        session = Session(connection)
        self.sessions.append(session)
        connection.on_request = lambda asked: self._request(session, asked)
        connection.on_notice = lambda message, payload: self._notice(session, message, payload)
        connection.on_closed = lambda error: self._gone(session)

    def _gone(self, session: Session) -> None:
        self.sessions.remove(session)
        self.trials.gone(session)
        for channel in session.pulled.values():
            channel.stop()

    async def _request(self, session: Session, asked: Asked) -> Answer:
        await self._flowing.wait()
        message = asked.message
        self.world.now_us = now_us()
        if isinstance(message, Login):
            return self._login(session, message)
        if self.refuse is not None:
            raise self.refuse
        if message.RIGHT is not None and message.RIGHT not in session.rights:
            raise ProtocolError(ErrorCode.FORBIDDEN, f"Your role lacks the right {message.RIGHT}.")
        answer = self._handlers[type(message)](session, message)
        return await answer if isinstance(answer, Awaitable) else answer

    def _notice(self, session: Session, message: Message, payload: bytes) -> None:
        if isinstance(message, messages.TalkSamples):
            self.devices.samples(message.channel, payload)
        else:
            self.media.credit(session, message)

    def _close_channel(self, session: Session, message: messages.CloseChannel) -> Answer:
        if self.devices.close_channel(message.channel) or self.trials.close(message.channel):
            return Done()
        return self.media.close_channel(session, message)

    def _login(self, session: Session, message: Login) -> LoginReply:
        if message.user not in ("admin", "viewer") or message.password != self.password:
            raise ProtocolError(ErrorCode.LOGIN_FAILED, "Wrong user name or password.")
        session.user = role = message.user
        session.rights = list(Right) if role == "admin" else [Right.LIVE, Right.ARCHIVE]
        return LoginReply(role, role, session.rights, world.NODE, "server-a", now_us())

    def _subscribe(self, session: Session, message: messages.Subscribe) -> Answer:
        session.topics = set(message.topics)
        if "status" in session.topics:
            session.connection.notify(StatusNotice(self._statuses()))
        if "alarms" in session.topics:
            for alarm in self.world.alarms.values():
                if alarm.state is AlarmState.PENDING:
                    session.connection.notify(AlarmNotice(alarm))
        self.devices.present(session)
        return Done()

    def _statuses(self) -> list[CameraStatus]:
        return [self.world.status(camera) for camera in self.world.cameras.values()]

    def _status(self, session: Session, message: messages.GetStatus) -> Answer:
        return messages.ServerStatus(
            world.NODE, "server-a", self.software, self.world.started_us, now_us(),
            self._statuses(), 23.5, 180 << 20, 9 << 30, 20 << 30, len(self.sessions), "ab" * 32,
            machine_percent=31.0,
        )  # fmt: skip

    def _change_password(self, session: Session, message: messages.ChangePassword) -> Answer:
        if message.old != self.password:
            raise ProtocolError(ErrorCode.LOGIN_FAILED, "The present password is wrong.")
        self.password = message.new
        return Done()

    # --- what happens by itself ------------------------------------------------------------

    async def _tick(self) -> None:
        last = 0
        while True:
            await asyncio.sleep(_TICK_S)
            self.media.tick()
            self.trials.tick()
            second = now_us() // world.SECOND_US
            if second != last:
                last = second
                self.world.now_us = now_us()
                self._records.each_second(second)
                self.publish("status", self._system())

    def _system(self) -> messages.SystemNotice:
        return messages.SystemNotice(
            now_us(),
            23.5,
            180 << 20,
            9 << 30,
            20 << 30,
            len(self.sessions),
            machine_percent=31.0,
        )


@contextlib.contextmanager
def running_server(cameras: int = 9) -> Iterator[tuple[FakeServer, NetworkThread]]:
    """A server in a thread of its own; call its methods by the thread's `run` and `call`."""
    thread = NetworkThread("fake-server")
    thread.start()
    server = FakeServer(cameras)
    try:
        thread.run(server.start()).result(60)
        yield server, thread
        thread.run(server.stop()).result(10)
    finally:
        thread.stop()
        server.close()


async def _main(port: int, cameras: int) -> None:
    server = FakeServer(cameras)
    await server.start(port)
    shown = {"address": "127.0.0.1", "port": server.port, "user": "admin"}
    print(json.dumps({**shown, "password": server.password}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()
        server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=7443)
    parser.add_argument("--cameras", type=int, default=9)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(options.port, options.cameras))
