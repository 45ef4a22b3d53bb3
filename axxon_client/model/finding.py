"""Cameras found in the network: which are new, which take a log-in, and what is to be added."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from urllib.parse import urlsplit

from attrs import evolve, field, frozen
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from protocol.devicetypes import Credential, DeviceStream, FoundDevice, NewCamera, NewDevice
from protocol.messages import (
    AddDevices,
    Changed,
    CloseChannel,
    DeviceTried,
    Discover,
    FoundNotice,
    Message,
    Opened,
    TryDevice,
)
from protocol.types import FailureKind

# Each trial opens connections to a device; the server makes a few at a time anyway.
_MAX_TRIALS = 4
_MAX_CREDENTIALS = 8  # what the server takes
_DRIVERS = {"onvif": "onvif", "onvifs": "onvif", "axis": "axis"}  # by the address's scheme
_AGAIN_MS = 5000  # a search that broke off (the connection was lost) is begun anew
MAX_ADDED = 64  # at once, by the server


class Step(enum.Enum):
    """How far a found device is."""

    NEW = enum.auto()
    ADDED = enum.auto()  # it is in the tree already
    WAITING = enum.auto()  # for its turn to be tried
    TRYING = enum.auto()
    WORKS = enum.auto()
    FAILED = enum.auto()


@frozen
class Find:
    """A row.  `text`: what is wrong and what helps, when it failed.  `name`, `high` and `low`
    (urls) are the person's choices."""

    device: FoundDevice
    step: Step
    ticked: bool = False
    text: str = ""
    failure: FailureKind | None = None
    streams: tuple[DeviceStream, ...] = ()
    switched_off: tuple[str, ...] = ()
    suggestion: NewDevice | None = field(default=None, repr=False)
    picture: bytes = field(default=b"", repr=False)
    name: str = ""
    high: str = ""
    low: str = ""
    compatibility: bool = False

    @property
    def key(self) -> str:
        return self.device.key

    @property
    def shown_name(self) -> str:
        return self.name or self.device.name or self.device.host

    @property
    def place(self) -> str:
        """Its host, with the port where that is not the web's own."""
        try:
            port = urlsplit(self.device.url).port
        except ValueError:
            port = None
        host = self.device.host
        return host if port in (None, 80, 443) or ":" in host else f"{host}:{port}"


class Finder(QObject):
    """Signals: `changed(str key)` a row is new or altered; `counted()` totals may be other;
    `added(int)`; `refused(str)`; `searching(str)`: "" while it looks, else why it cannot.
    """

    changed = pyqtSignal(str)
    counted = pyqtSignal()
    added = pyqtSignal(int)
    refused = pyqtSignal(str)
    searching = pyqtSignal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._finds: dict[str, Find] = {}
        self._credentials: list[Credential] = []
        self._channel: int | None = None
        self._closed = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self.start)
        session.noticed.connect(self._on_notice)
        session.ready.connect(self.start)

    # --- searching

    def start(self) -> None:
        if not self._closed:
            self._session.request(Discover(), self._on_opened, self._on_failed, self)

    def close(self) -> None:
        """Nothing is searched or tried any more."""
        self._closed = True
        self._again.stop()
        if self._channel is not None:
            self._session.request(CloseChannel(self._channel), None, _ignore)
            self._channel = None

    def _on_opened(self, reply: Opened, _payload: bytes) -> None:
        self._channel = reply.channel
        if self._closed:
            self.close()
        else:
            self.searching.emit("")

    def _on_failed(self, failure: Failure) -> None:
        self.searching.emit(failure.text)
        self._again.start()

    def _on_notice(self, message: Message) -> None:
        """Its channel may be told after the first finds."""
        if isinstance(message, FoundNotice) and self._channel in (None, message.channel):
            for device in message.found:
                self._take(device)

    def _take(self, device: FoundDevice) -> None:
        known = self._finds.get(device.key)
        if known is None:
            step = Step.ADDED if device.device else Step.NEW
            self._put(Find(device, step))
        elif device.device and known.step is not Step.ADDED:
            self._put(evolve(known, device=device, step=Step.ADDED, ticked=False))
        else:
            self._put(evolve(known, device=device))

    # --- what is there

    def finds(self) -> list[Find]:
        """New ones first, by name: "Dome 2" before "Dome 10"."""
        rows = self._finds.values()
        return sorted(
            rows, key=lambda one: (one.step is Step.ADDED, words.in_order(one.shown_name), one.key)
        )

    def get(self, key: str) -> Find | None:
        return self._finds.get(key)

    @property
    def ready(self) -> list[Find]:
        """Ticked, and known to work."""
        return [one for one in self.finds() if one.ticked and one.step is Step.WORKS]

    @property
    def to_try(self) -> list[Find]:
        open_steps = (Step.NEW, Step.FAILED)
        return [one for one in self.finds() if one.ticked and one.step in open_steps]

    @property
    def busy(self) -> bool:
        return any(one.step in (Step.WAITING, Step.TRYING) for one in self._finds.values())

    # --- what the person does

    def tick(self, keys: Iterable[str], on: bool) -> None:
        for key in keys:
            find = self._finds[key]
            if find.step is not Step.ADDED:
                self._put(evolve(find, ticked=on))

    def set_credentials(self, credentials: Iterable[Credential]) -> None:
        given = [one for one in credentials if one.user or one.password]
        self._credentials = given[:_MAX_CREDENTIALS]

    def choose(self, key: str, **choices: object) -> None:
        """`name`, `high`, `low`, `compatibility`; the last is tried anew."""
        find = evolve(self._finds[key], **choices)  # type: ignore[arg-type]
        if "compatibility" in choices and find.step in (Step.WORKS, Step.FAILED):
            find = evolve(find, step=Step.WAITING)
        self._put(find)
        self._go_on()

    def by_address(self, typed: str) -> str:
        """A device that was not found but typed; the key of its row.  A host alone is one of
        ONVIF, as nearly all are."""
        scheme, _, rest = typed.rpartition("://")
        url, driver = (typed, "auto") if scheme else (f"onvif://{typed}", "onvif")
        if scheme.lower() in _DRIVERS:
            driver = _DRIVERS[scheme.lower()]
        host = rest.partition("/")[0].rpartition("@")[2]
        device = FoundDevice(f"typed {url}", host, "", "", "", host, url, driver)
        self._put(Find(device, Step.WAITING, ticked=True))
        self._go_on()
        return device.key

    def try_ticked(self) -> None:
        for find in self.to_try:
            self._put(evolve(find, step=Step.WAITING, text="", failure=None))
        self._go_on()

    def add(self) -> None:
        """All that is ready.  Ends with `added` or `refused`."""
        ready = self.ready[:MAX_ADDED]
        wanted = [new for one in ready if (new := self._new(one)) is not None]

        def done(_reply: Changed, _payload: bytes) -> None:
            for find in ready:
                self._put(evolve(find, step=Step.ADDED, ticked=False))
            self.added.emit(len(ready))

        def failed(failure: Failure) -> None:
            self.refused.emit(failure.text)

        self._session.request(AddDevices(wanted), done, failed, self)

    # --- trying

    def _go_on(self) -> None:
        while sum(one.step is Step.TRYING for one in self._finds.values()) < _MAX_TRIALS:
            find = next((one for one in self.finds() if one.step is Step.WAITING), None)
            if find is None:
                return
            self._try(find)

    def _try(self, find: Find) -> None:
        key, credentials = find.key, list(self._credentials)
        device = find.device
        self._put(evolve(find, step=Step.TRYING))
        request = TryDevice(device.url, device.driver, credentials, find.compatibility, find.name)

        def done(reply: DeviceTried, payload: bytes) -> None:
            self._tried(key, credentials, reply, payload)

        def failed(failure: Failure) -> None:
            self._put(evolve(self._finds[key], step=Step.FAILED, text=failure.text))
            self._go_on()

        self._session.request(request, done, failed, self)

    def _tried(
        self, key: str, credentials: list[Credential], reply: DeviceTried, payload: bytes
    ) -> None:
        find = self._finds[key]
        if reply.failure is not None or reply.suggestion is None:
            failure = reply.failure or FailureKind.UNSUPPORTED
            self._put(evolve(find, step=Step.FAILED, failure=failure, text=reply.text))
        else:
            self._put(_worked(find, _with_login(reply, credentials), reply, payload))
        self._go_on()

    def _new(self, find: Find) -> NewDevice | None:
        """With the person's name and streams."""
        new = find.suggestion
        if new is None:
            return None
        name = find.shown_name
        cameras = list(new.cameras)
        if len(cameras) == 1:
            cameras = [evolve(cameras[0], name=name, url=find.high, low_url=find.low)]
        return evolve(new, name=name, cameras=cameras)

    def _put(self, find: Find) -> None:
        self._finds[find.key] = find
        self.changed.emit(find.key)
        self.counted.emit()


def _with_login(reply: DeviceTried, credentials: list[Credential]) -> NewDevice:
    """The server never sends a password back."""
    assert reply.suggestion is not None
    if not 0 <= reply.used < len(credentials):
        return reply.suggestion
    used = credentials[reply.used]
    return evolve(reply.suggestion, user=used.user, password=used.password)


def _worked(find: Find, new: NewDevice, reply: DeviceTried, picture: bytes) -> Find:
    first = new.cameras[0] if new.cameras else NewCamera(new.name)
    return evolve(
        find,
        step=Step.WORKS,
        text=reply.text,
        failure=None,
        streams=tuple(reply.streams),
        switched_off=tuple(reply.switched_off),
        suggestion=new,
        picture=picture,
        name=find.name or new.name,
        high=find.high or first.url,
        low=find.low or first.low_url,
    )


def step_text(find: Find) -> str:
    """The state of a row in a word or two."""
    if find.step is Step.FAILED:
        return words.failure(find.failure) if find.failure is not None else words.tr("Failed")
    return {
        Step.NEW: words.tr("New"),
        Step.ADDED: words.tr("Added already"),
        Step.WAITING: words.tr("Waiting…"),
        Step.TRYING: words.tr("Connecting…"),
        Step.WORKS: words.tr("Works"),
    }[find.step]


def _ignore(_failure: Failure) -> None:
    pass
