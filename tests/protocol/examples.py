"""One example of every message and strategies that make more, for tests of the wire."""

from __future__ import annotations

import enum
import types
import typing
from typing import Any

import attrs
from hypothesis import strategies as st

from protocol.codec import MESSAGES
from protocol.messages import Message

_INT64 = 1 << 63
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-_INT64, _INT64 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=20),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    type(None): st.none(),
    Any: st.recursive(
        st.none() | st.booleans() | st.integers(-(1 << 40), 1 << 40) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
        ),
        max_leaves=4,
    ),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return st.lists(values(args[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(values, args))
    if issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    return objects(kind)


def objects(cls: type[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    fields = {item.name: values(hints[item.name]) for item in attrs.fields(cls)}
    return st.builds(cls, **fields)


def messages() -> st.SearchStrategy[Message]:
    return st.sampled_from(sorted(MESSAGES)).flatmap(lambda name: objects(MESSAGES[name]))
