from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.matroska.g726 import swap_order, unswap_order
from protocol.types import Codec
from tests.axxond.archive import encoded


@pytest.mark.parametrize("bits", [2, 3, 4, 5])
def test_swapped_is_what_the_other_orders_encoder_makes(bits: int) -> None:
    low_first = encoded.audio(Codec.G726, 1, bits)
    high_first = encoded.audio(Codec.G726, 1, bits, encoder_name="g726")
    for one, other in zip(low_first, high_first, strict=True):
        assert swap_order(one.data, bits) == other.data


@given(st.binary(max_size=200), st.integers(0, 8))
def test_the_way_back_gives_the_same_bytes(data: bytes, bits: int) -> None:
    assert unswap_order(swap_order(data, bits), bits) == data
