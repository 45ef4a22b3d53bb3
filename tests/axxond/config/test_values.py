"""Each kind of field takes what fits and says what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.config.schema import SCHEMA
from axxond.config.values import BadValueError, checked, did_you_mean
from protocol.types import FieldSchema, FieldType

T = FieldType


def field(type_: FieldType, **more: Any) -> FieldSchema:
    return FieldSchema("name", "Name", type_, **more)


SQUARE = [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("schema", "value", "stored"),
    [
        (field(T.TEXT), " rtsp://a ", "rtsp://a"),
        (field(T.PASSWORD), " keeps spaces ", " keeps spaces "),
        (field(T.INTEGER), 5.0, 5),
        (field(T.NUMBER, minimum=1, maximum=5), 5, 5.0),
        (field(T.BOOLEAN), False, False),
        (field(T.CHOICE, choices=["a", "b"]), "b", "b"),
        (field(T.REFERENCE, refers_to="archive"), "", ""),
        (field(T.POLYGONS), [SQUARE], [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]]),
        (field(T.LINES), [[(0, 0), (1, 0.5)]], [[[0.0, 0.0], [1.0, 0.5]]]),
        (field(T.LIST), ["x", ""], ["x", ""]),
        (field(T.MAP), {"a": [1, None, {"b": True}]}, {"a": [1, None, {"b": True}]}),
        (field(T.TEXT, default="standard"), None, "standard"),
    ],
)
def test_what_fits_is_stored(schema: FieldSchema, value: Any, stored: Any) -> None:
    assert checked(schema, value) == stored
    assert type(checked(schema, value)) is type(stored)


@pytest.mark.parametrize(
    ("schema", "value", "reason"),
    [
        (field(T.TEXT), 5, "must be a text, not 5"),
        (field(T.TEXT), "a\nb", "control"),
        (field(T.TEXT), "a" * 3000, "longer than"),
        (field(T.TEXT, required=True), "  ", "is missing"),
        (field(T.TEXT, required=True), None, "must be a text"),
        (field(T.INTEGER), 5.5, "whole number"),
        (field(T.INTEGER), True, "whole number"),
        (field(T.INTEGER, minimum=1, maximum=9, unit="s"), 10, r"is 10, out of \[1; 9\] s"),
        (field(T.NUMBER, minimum=1), 0, r"out of \[1; …\]"),
        (field(T.NUMBER), float("nan"), "finite"),
        (field(T.BOOLEAN), 1, "true or false"),
        (field(T.CHOICE, choices=["low", "high"]), "hihg", 'did you mean "high"'),
        (field(T.CHOICE, choices=["low", "high"]), [], "not one of low, high"),
        (field(T.REFERENCE, refers_to="role", required=True), "", "is missing"),
        (field(T.REFERENCE, refers_to="role"), 5, "id of a role"),
        (field(T.POLYGONS), [SQUARE[:2]], "3 to 200 points"),
        (field(T.POLYGONS), [[[0, 0], [2, 0], [1, 1]]], r"in \[0; 1\]"),
        (field(T.POLYGONS), [[[0, 0], [1], [1, 1]]], r"in \[0; 1\]"),
        (field(T.LINES), [SQUARE], "two points"),
        (field(T.LIST), "x", "list of texts"),
        (field(T.LIST, choices=["live"]), ["liev"], 'did you mean "live"'),
        (field(T.LIST), ["x"] * 1001, "more than 1000"),
        (field(T.MAP), [], "structure"),
        (field(T.MAP), {"a": b"x"}, "cannot be stored"),
        (field(T.MAP), {"a": float("inf")}, "finite"),
        (field(T.MAP), {"a": [[[[[[[[1]]]]]]]]}, "nested deeper"),
    ],
)
def test_what_does_not_fit_is_told(schema: FieldSchema, value: Any, reason: str) -> None:
    with pytest.raises(BadValueError, match=reason):
        checked(schema, value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from([one for kind in SCHEMA.values() for one in kind.fields])


@given(fields, anything)
def test_any_value_is_refused_or_stored_as_json(one: FieldSchema, value: Any) -> None:
    try:
        stored = checked(one, value)
    except BadValueError:
        return
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    assert checked(one, stored) == stored


def test_every_default_of_the_schema_fits_its_field() -> None:
    for kind in SCHEMA.values():
        for one in kind.fields:
            if not one.required:
                assert checked(one, one.default) == one.default, one.name


def test_a_far_word_gets_no_guess() -> None:
    assert did_you_mean("zzz", ["port", "bind"]) == ""
    assert did_you_mean("prot", ["port", "bind"]) == '; did you mean "port"?'
