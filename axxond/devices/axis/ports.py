"""Inputs and outputs of an Axis device (VAPIX 3, I/O Port API: io/port.cgi).

Tokens are numbers from 0, as in the events and the parameter list; io/port.cgi counts from 1.
"""

from __future__ import annotations

import re

from attrs import evolve

from axxond.devices.axis.link import Link
from axxond.devices.axis.params import Params
from axxond.devices.control import IoPort
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_SCRIPT = "io/port.cgi"
_ACTIVE, _INACTIVE = "/", "\\"


def listed(told: Params) -> tuple[tuple[IoPort, ...], tuple[IoPort, ...]]:
    """Inputs and outputs, from the group IOPort; their states are not in it."""
    inputs: list[IoPort] = []
    outputs: list[IoPort] = []
    for number, group in told.numbered("IOPort", "I"):
        is_output = told.text(f"{group}.Direction").lower() == "output"
        side = f"{group}.{'Output' if is_output else 'Input'}"
        # What counts as active is told; at rest it is the other.
        active_when = told.text(f"{side}.{'Active' if is_output else 'Trig'}").lower()
        port = IoPort(
            str(number),
            told.text(f"{side}.Name") or f"Port {number + 1}",
            None,
            active_when == "open" if active_when in ("open", "closed") else None,
        )
        (outputs if is_output else inputs).append(port)
    return tuple(inputs), tuple(outputs)


class AxisPorts:
    """`axxond.devices.control.Outputs`."""

    def __init__(self, link: Link, outputs: tuple[IoPort, ...]) -> None:
        self._link = link
        self._outputs = frozenset(port.token for port in outputs)

    async def set_output(self, token: str, active: bool) -> None:
        if token not in self._outputs:
            text = f"{self._link.place} has no output {token}."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        action = f"{int(token) + 1}:{_ACTIVE if active else _INACTIVE}"
        await self._link.text(_SCRIPT, {"action": action})


async def with_states(link: Link, ports: tuple[IoPort, ...]) -> tuple[IoPort, ...]:
    """As they stand now."""
    if not ports:
        return ports
    asked = ",".join(str(int(port.token) + 1) for port in ports)
    text = await link.text(_SCRIPT, {"checkactive": asked})
    told = dict(re.findall(r"port(\d{1,3})=(\w+)", text))
    words = {"active": True, "inactive": False}
    return tuple(
        evolve(port, active=words.get(told.get(str(int(port.token) + 1), ""))) for port in ports
    )
