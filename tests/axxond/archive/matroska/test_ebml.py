from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.errors import EbmlError
from axxond.archive.matroska import ebml, ids


@pytest.mark.parametrize(
    ("size", "coded"),
    [
        (0, "80"),
        (1, "81"),
        (126, "fe"),
        (127, "407f"),  # 0xff is the reserved unknown size: RFC 8794 section 6.2
        (16382, "7ffe"),
        (16383, "203fff"),
        (1 << 21, "10200000"),
    ],
)
def test_sizes_are_coded_as_the_standard_says(size: int, coded: str) -> None:
    assert ebml.encode_size(size).hex() == coded


def test_a_size_of_all_ones_is_unknown() -> None:
    assert ebml.read_size(b"\xff", 0) == (ebml.UNKNOWN_SIZE, 1)
    assert ebml.read_size(b"\x01" + b"\xff" * 7, 0) == (ebml.UNKNOWN_SIZE, 8)


def test_values_have_the_bytes_of_the_standard() -> None:
    assert ebml.uint(ids.TIMESTAMP_SCALE, 1_000_000).hex() == "2ad7b1830f4240"
    assert ebml.uint(ids.EBML_VERSION, 0).hex() == "42868100"
    assert ebml.text(ids.DOC_TYPE, "matroska").hex() == "4282886d6174726f736b61"
    assert ebml.float64(ids.DURATION, 1.0).hex() == "4489883ff0000000000000"
    assert ebml.sint(ids.DATE_UTC, -1).hex() == "446188ffffffffffffffff"


@pytest.mark.parametrize(
    "data", ["", "00", "1a45", "ec", "ec00", "ec41", "0818538067", "ec00ffffffffffffff"]
)
def test_what_is_no_element_head_is_refused(data: str) -> None:
    with pytest.raises(EbmlError):
        ebml.read_head(bytes.fromhex(data), 0)


def test_a_child_that_reaches_past_its_parent_is_refused() -> None:
    data = ebml.element(ids.VOID, b"abc")
    with pytest.raises(EbmlError):
        list(ebml.children(data, 0, len(data) - 1))


@pytest.mark.parametrize("width", [0, 3, 9])
def test_odd_floats_and_long_integers_are_refused_or_zero(width: int) -> None:
    data = bytes(width)
    element = ebml.Element(ids.DURATION, 0, width)
    if width == 0:
        assert ebml.as_float(data, element) == 0.0
        return
    with pytest.raises(EbmlError):
        ebml.as_float(data, element)
    if width == 9:
        with pytest.raises(EbmlError):
            ebml.as_uint(data, element)
        with pytest.raises(EbmlError):
            ebml.as_sint(data, element)


@given(st.integers(0, (1 << 56) - 2))
def test_every_size_comes_back(size: int) -> None:
    coded = ebml.encode_size(size)
    assert ebml.read_size(coded, 0) == (size, len(coded))


@given(
    st.lists(st.tuples(st.sampled_from([ids.VOID, ids.TITLE, ids.TAG]), st.binary(max_size=300)))
)
def test_elements_come_back_in_order(pairs: list[tuple[int, bytes]]) -> None:
    data = b"".join(ebml.element(each, content) for each, content in pairs)
    found = [(one.id, data[one.begin : one.end]) for one in ebml.children(data, 0, len(data))]
    assert found == pairs


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_signed_value_comes_back(value: int) -> None:
    data = ebml.sint(ids.DATE_UTC, value)
    assert ebml.as_sint(data, ebml.read_head(data, 0)) == value
