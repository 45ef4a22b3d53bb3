"""Whether a device that tells nothing has nothing to tell, or has dropped its subscriber.  Pure.

A device that told its states on subscribing tells them again on request (SetSynchronizationPoint,
ONVIF Core §9.5): if nothing comes then, the subscription is dead, however politely its pulls are
answered.
"""

from __future__ import annotations

from attrs import define

# So soon is asked, so long is waited for the answer: a subscriber that was dropped is back in less
# than 10 s.
_PATIENCE_S = 6.0
_ANSWER_S = 1.5
# A device that was once asked in vain may not know how: it is made anew for nothing each time.
_LONG_PATIENCE_S = 60.0


@define
class Silence:
    """Of one device, all times by the same monotonic clock.  `begin` with each subscription."""

    _heard_s: float = 0.0
    _has_states: bool = False
    _is_asked: bool = False
    _answers: bool | None = None  # None: it was never asked

    def begin(self, now_s: float) -> None:
        self._heard_s, self._has_states, self._is_asked = now_s, False, False

    @property
    def patience_s(self) -> float:
        return _LONG_PATIENCE_S if self._answers is False else _PATIENCE_S

    def wait_s(self, now_s: float, longest_s: float) -> float:
        """How long the next pull may wait; at least a tenth of a second, at most `longest_s`."""
        if self._is_asked:
            return min(longest_s, _ANSWER_S)
        if not self._has_states:
            return longest_s
        return min(longest_s, max(0.1, self._heard_s + self.patience_s - now_s))

    def heard(self, now_s: float) -> None:
        """A pull brought something."""
        self._answers = self._is_asked or self._answers
        self._heard_s, self._has_states, self._is_asked = now_s, True, False

    def must_ask(self, now_s: float) -> bool:
        """After a pull: whether it is time to ask for all states.  It is asked then.

        At first at once, while the subscription surely lives: whether this device answers.
        """
        if self._is_asked or not self._has_states:
            return False
        self._is_asked = self._answers is None or now_s - self._heard_s >= self.patience_s
        return self._is_asked

    @property
    def is_dead(self) -> bool:
        """A pull brought nothing: whether that was the answer to what was asked."""
        return self._is_asked

    def give_up(self) -> None:
        """The subscription is made anew for its silence."""
        self._answers = bool(self._answers)
