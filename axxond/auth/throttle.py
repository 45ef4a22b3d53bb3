"""Who must wait before the next log-in attempt.  Pure: time is an argument.

Failures are counted for the user from that address, for the address, and for the user from
anywhere.  The first stops guessing, the second guessing with many names, the third guessing from
many addresses; its wait is short, or anyone could lock a user out.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from attrs import frozen

from axxond.base.units import MINUTE_US, SECOND_US

# A guesser with ever new names or addresses must not grow the table.
MAX_ENTRIES = 10_000
_FORGET_US = 15 * MINUTE_US


@frozen
class _Rule:
    free: int  # failures without a wait
    longest_us: int  # the wait doubles from 1 s up to this


_PAIR = _Rule(5, 5 * MINUTE_US)
_ADDRESS = _Rule(20, 5 * MINUTE_US)
_USER = _Rule(50, 10 * SECOND_US)

Key = tuple[str, str]


@frozen
class _Entry:
    failures: int
    last_us: int
    until_us: int


class Throttle:
    def __init__(self) -> None:
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def wait_us(self, user: str, address: str, now_us: int) -> int:
        """How long this user at this address must wait; 0 = may try."""
        entries = (self._current(key, now_us) for key, _rule in _keys(user, address))
        return max([0, *(entry.until_us - now_us for entry in entries if entry is not None)])

    def failed(self, user: str, address: str, now_us: int) -> None:
        for key, rule in _keys(user, address):
            entry = self._current(key, now_us)
            failures = entry.failures + 1 if entry is not None else 1
            over = failures - rule.free
            wait_us = min(SECOND_US << min(over, 30), rule.longest_us) if over >= 0 else 0
            self._entries[key] = _Entry(failures, now_us, now_us + wait_us)
            self._entries.move_to_end(key)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)

    def succeeded(self, user: str, address: str) -> None:
        """Forgets the user's failures here; the address keeps its own (others guess there)."""
        self._entries.pop(("", f"{user.casefold()}@{_network(address)}"), None)

    def _current(self, key: Key, now_us: int) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and not 0 <= now_us - entry.last_us < _FORGET_US:
            del self._entries[key]  # old, or the clock was set back
            return None
        return entry


def _keys(user: str, address: str) -> tuple[tuple[Key, _Rule], ...]:
    name, network = user.casefold(), _network(address)
    return (
        (("", f"{name}@{network}"), _PAIR),
        (("address", network), _ADDRESS),
        (("user", name), _USER),
    )


def _network(address: str) -> str:
    """An IPv6 host owns a /64 and can take any address of it."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
