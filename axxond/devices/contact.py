"""A digital input as a person means it: normally open or closed, freed of bounce.  Pure."""

from __future__ import annotations


class Contact:
    """`active` is what counts: None until it is known.  A state counts once it has lasted
    `debounce_us` without a change; the first one known counts at once.

    `hear` what the device says, then call `settle` when `due_us` has come.
    """

    def __init__(self, normally_closed: bool, debounce_us: int) -> None:
        self.active: bool | None = None
        self.due_us: int | None = None  # when what is pending counts
        self._normally_closed = normally_closed
        self._debounce_us = debounce_us

    def hear(self, closed: bool | None, now_us: int) -> bool:
        """The contact is closed, open, or (None) not known any more.  Whether `active` changed."""
        if closed is None or self.active is None:
            self.due_us = None
            return self._become(None if closed is None else closed is not self._normally_closed)
        if (closed is not self._normally_closed) is self.active:
            self.due_us = None  # it was bounce
            return False
        if self._debounce_us == 0:
            return self._become(not self.active)
        if self.due_us is None:
            self.due_us = now_us + self._debounce_us
        return False

    def settle(self, now_us: int) -> bool:
        """Whether `active` changed."""
        if self.due_us is None or now_us < self.due_us:
            return False
        self.due_us = None
        return self._become(not self.active)

    def _become(self, active: bool | None) -> bool:
        changed = active is not self.active
        self.active = active
        return changed
