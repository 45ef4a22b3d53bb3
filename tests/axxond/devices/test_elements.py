"""XML of strangers: read with forgiveness, never with trust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices import elements
from axxond.devices.elements import Node


def _parsed(text: str) -> Node:
    root = elements.parse(text.encode())
    assert root is not None
    return root


def test_namespaces_are_not_looked_at() -> None:
    root = _parsed('<a xmlns="urn:1"><b xmlns="urn:2" x:n="1" xmlns:x="urn:3"> 7 </b><b>8</b></a>')
    assert (root.name, root.text("b"), root.number("b")) == ("a", "7", 7.0)
    assert [one.text() for one in root.all("b")] == ["7", "8"]
    first = root.first("b")
    assert first is not None
    assert first.attribute("n") == "1"


def test_prefixes_that_nobody_declared_are_taken_off() -> None:
    root = _parsed('<p:a><p:b q:n="1">7</p:b><:c/></p:a>')
    assert (root.name, root.text("b")) == ("a", "7")
    assert "b" in root
    assert [one.attribute("n") for one in root.all("b")] == ["1"]


def test_what_is_missing_reads_as_nothing() -> None:
    root = _parsed("<a><b/></a>")
    assert root.text("x/y") == ""
    assert root.number("b") is None
    assert root.integer("x") is None
    assert root.attribute("n") == ""
    assert root.first("x") is None
    assert "x" not in root


@pytest.mark.parametrize("text", ["nan", "inf", "1e99", "seven", ""])
def test_what_is_no_number(text: str) -> None:
    assert elements.to_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), (" 1 ", True), ("Active", True), ("false", False), ("0", False), ("x", None)],
)
def test_truths_are_spelt_in_many_ways(text: str, value: bool | None) -> None:
    assert elements.to_flag(text) is value


@given(st.binary(max_size=400))
def test_fuzz_garbage_is_nothing_or_a_tree(data: bytes) -> None:
    root = elements.parse(data)
    if root is not None:
        assert isinstance(root.text(), str)
        assert isinstance(root.name, str)


@given(st.text(alphabet="<>/:ab ='\"&;!", max_size=60))
def test_fuzz_broken_markup_is_survived(text: str) -> None:
    root = elements.parse(f"<a>{text}</a>".encode())
    for one in root.descendants("b") if root is not None else ():
        assert one.name == "b"
