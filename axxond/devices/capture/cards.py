"""The cards of this machine, and the one television standard of each.

Any thread.  A card's standard is detected when the first of its channels starts, and stays as it
is until the daemon ends.
"""

from __future__ import annotations

import sys
import threading

from axxond.devices.capture.dshow import DshowCard
from axxond.devices.capture.port import Card
from axxond.devices.capture.standard import Standard
from axxond.devices.capture.virtual import VirtualCard
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_VIRTUAL = "virtual"
_lock = threading.Lock()
_standards: dict[str, Standard] = {}


def find(name: str) -> Card:
    """By the address's name of it.  Raises DeviceError."""
    try:
        if name == _VIRTUAL or name.startswith(f"{_VIRTUAL}:"):
            return VirtualCard(name[len(_VIRTUAL) + 1 :])
        if sys.platform == "win32":
            return DshowCard(name)
        return _of_linux(name)
    except OSError as error:
        raise lost(name, error) from error


def _of_linux(name: str) -> Card:
    from axxond.devices.capture import v4l2  # noqa: PLC0415 - there is none on Windows

    found = v4l2.cards()
    if not name.isdigit() or int(name) >= len(found):
        known = f"there are {len(found)}" if found else "there is none"
        text = f"There is no capture card {name} in this server: {known}. Check the address."
        raise DeviceError(FailureKind.UNREACHABLE, text)
    return found[int(name)]


def standard(name: str, card: Card, channel: int) -> Standard:
    """The card's, if what is connected to the channel goes with it.  Raises DeviceError."""
    if not 1 <= channel <= card.channels:
        text = f"The capture card {name} has {card.channels} channels, none with number {channel}."
        raise DeviceError(FailureKind.UNREACHABLE, text)
    try:
        with _lock:
            known = _standards.get(name) or _first(card)
            if known is None:
                raise DeviceError(FailureKind.NOT_VIDEO, _no_signal(name))
            _standards[name] = known
            own = card.detect(channel)
    except OSError as error:
        raise lost(name, error) from error
    if own is not None and own is not known:
        raise DeviceError(FailureKind.UNSUPPORTED, _mixed(name, channel, own, known))
    return known


def known_standard(name: str) -> Standard | None:
    """None: not detected yet."""
    return _standards.get(name)


def forget() -> None:
    """For tests: as if the daemon had been started anew."""
    _standards.clear()


def lost(name: str, error: OSError) -> DeviceError:
    why = (error.strerror or str(error)).lower()
    text = f"The capture card {name} cannot be used: {why}. Check the card and its driver."
    return DeviceError(FailureKind.UNREACHABLE, text)


def _first(card: Card) -> Standard | None:
    """Of the first channel that has a signal."""
    found = (card.detect(channel) for channel in range(1, card.channels + 1))
    return next((one for one in found if one is not None), None)


def _no_signal(name: str) -> str:
    return (
        f"No channel of the capture card {name} has a signal, so its television standard is not "
        "known: connect a camera and switch it on."
    )


def _mixed(name: str, channel: int, own: Standard, known: Standard) -> str:
    return (
        f"Channel {channel} of the capture card {name} receives {own.value}, but the card works "
        f"in {known.value}: all cameras of a card must have one television standard. Connect a "
        f"{known.value} camera, or move this one to another card."
    )
