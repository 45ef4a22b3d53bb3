"""What the client remembers of a person on this machine: servers, window, habits.  No secrets."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen
from PyQt5.QtCore import QByteArray, QObject, QSettings, pyqtSignal

_MAX_SERVERS = 20
DEFAULT_PORT = 7780


@frozen
class Known:
    """A server that was logged in to before."""

    address: str
    port: int
    user: str
    name: str = ""


class Preferences(QObject):
    """Signals: `changed(name)`."""

    changed = pyqtSignal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = QSettings(str(path), QSettings.IniFormat)

    def flag(self, name: str) -> bool:
        return str(self._store.value(name, "false")).lower() == "true"

    def set_flag(self, name: str, on: bool) -> None:
        if on != self.flag(name):
            self._store.setValue(name, "true" if on else "false")
            self.changed.emit(name)

    def bytes(self, name: str) -> QByteArray | None:
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else None

    def set_bytes(self, name: str, value: QByteArray) -> None:
        self._store.setValue(name, value)

    def text(self, name: str) -> str:
        return str(self._store.value(name, ""))

    def set_text(self, name: str, value: str) -> None:
        self._store.setValue(name, value)

    def servers(self) -> list[Known]:
        """Last used first."""
        found = []
        for number in range(self._store.beginReadArray("servers")):
            self._store.setArrayIndex(number)
            port = str(self._store.value("port", DEFAULT_PORT))
            found.append(
                Known(
                    str(self._store.value("address", "")),
                    int(port) if port.isdigit() else DEFAULT_PORT,
                    str(self._store.value("user", "")),
                    str(self._store.value("name", "")),
                )
            )
        self._store.endArray()
        return [known for known in found if known.address]

    def remember(self, server: Known) -> None:
        others = [
            k for k in self.servers() if (k.address, k.port) != (server.address, server.port)
        ]
        self._write([server, *others][:_MAX_SERVERS])

    def forget(self, server: Known) -> None:
        self._write(self._others(server))

    def _others(self, server: Known) -> list[Known]:
        place = (server.address, server.port)
        return [known for known in self.servers() if (known.address, known.port) != place]

    def _write(self, servers: list[Known]) -> None:
        self._store.remove("servers")
        self._store.beginWriteArray("servers", len(servers))
        for number, known in enumerate(servers):
            self._store.setArrayIndex(number)
            for name in ("address", "port", "user", "name"):
                self._store.setValue(name, getattr(known, name))
        self._store.endArray()
        self._store.sync()


def parse_address(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port`.  Raises ValueError with a sentence."""
    text = text.strip()
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host:
        raise ValueError("Enter the server's name or address.")
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("The port must be a number from 1 to 65535.")
    return host, int(port) if port else DEFAULT_PORT
