"""Root of the daemon's errors.  A message is: action, object, value, remedy."""

from __future__ import annotations


class AxxonError(Exception):
    """Anything that this program says about itself or its surroundings, in a sentence."""


class ConfigError(AxxonError):
    """A configuration file, object or value is not usable; `obj` and `field` name the place."""

    def __init__(self, text: str, obj: str = "", field: str = "") -> None:
        super().__init__(text)
        self.obj = obj
        self.field = field
