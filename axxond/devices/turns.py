"""Who steers a PTZ camera: one user at a time, by priority, released after idleness.  Pure."""

from __future__ import annotations

from attrs import frozen

from axxond.base.units import SECOND_US


@frozen
class Holder:
    user: str
    priority: int
    until_us: int


class Turns:
    """One camera's.  Its present holder keeps it against users of the same or a lower priority
    for `release_us` after every command."""

    def __init__(self) -> None:
        self._holder: Holder | None = None

    def holder(self, now_us: int) -> Holder | None:
        if self._holder is not None and now_us >= self._holder.until_us:
            self._holder = None
        return self._holder

    def take(self, user: str, priority: int, now_us: int, release_us: int) -> str:
        """The name of who holds it against this user; "": it is the user's from here on."""
        held = self.holder(now_us)
        if held is not None and held.user != user and held.priority >= priority:
            return held.user
        self._holder = Holder(user, priority, now_us + release_us)
        return ""

    def release(self, user: str) -> None:
        if self._holder is not None and self._holder.user == user:
            self._holder = None


@frozen
class Stop:
    """A place of a patrol."""

    preset: str
    dwell_us: int


@frozen
class GoTo:
    preset: str


@frozen
class GoHome:
    pass


class Rounds:
    """What a PTZ camera does while nobody steers: its patrol, or home after idleness.

    `patrolling` is set from outside.  Call `due` about once a second.
    """

    def __init__(self, stops: tuple[Stop, ...], home_us: int, now_us: int) -> None:
        self.patrolling = False
        self._stops = stops
        self._home_us = home_us
        self._place = -1
        self._leave_us = 0
        self._idle_since_us: int | None = now_us
        self._at_home = True  # it has not been steered yet

    def steered(self, now_us: int) -> None:
        """The patrol goes on with the present stop afterwards."""
        self._idle_since_us = now_us
        self._at_home = False
        self._leave_us = 0
        self._place = max(-1, self._place - 1)

    def due(self, now_us: int, held: bool) -> GoTo | GoHome | None:
        if held:
            self._idle_since_us = now_us
            return None
        if self.patrolling and self._stops:
            return self._next_stop(now_us)
        idle_us = now_us - (self._idle_since_us or now_us)
        if self._home_us and not self._at_home and idle_us >= self._home_us:
            self._at_home = True
            return GoHome()
        return None

    def _next_stop(self, now_us: int) -> GoTo | None:
        self._at_home = False
        self._idle_since_us = now_us
        if now_us < self._leave_us:
            return None
        self._place = (self._place + 1) % len(self._stops)
        stop = self._stops[self._place]
        self._leave_us = now_us + max(stop.dwell_us, SECOND_US)
        return GoTo(stop.preset)
