"""Arithmetic on unsigned bytes that stays in bytes.

numba widens small integers to 64 bits, which costs eight times the vector registers.  These map
to LLVM's own byte operations, so that loops over luma planes run 32 or 64 pixels an instruction.
Arguments of any integer type are cut to their low 8 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_BYTE = ir.IntType(8)


def _operation(
    name: str, count: int, emit: Callable[[Any, Sequence[Any]], Any]
) -> Callable[..., Any]:
    """An operation on `count` bytes that gives a byte."""

    def typed(_context: Any, *given: Any) -> Any:
        def generate(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return emit(builder, args)

        if not all(isinstance(kind, types.Integer) for kind in given):
            return None
        return types.uint8(*[types.uint8] * count), generate

    # numba looks at the signature: it wants as many named arguments as the call will have.
    def two(context: Any, a: Any, b: Any) -> Any:
        return typed(context, a, b)

    def three(context: Any, a: Any, b: Any, c: Any) -> Any:
        return typed(context, a, b, c)

    made: Callable[..., Any] = two if count == 2 else three
    made.__name__ = name
    return cast(Callable[..., Any], intrinsic(made))


def _by_intrinsic(name: str) -> Callable[..., Any]:
    def emit(builder: Any, args: Sequence[Any]) -> Any:
        function = builder.module.declare_intrinsic(
            f"llvm.{name}", [_BYTE], ir.FunctionType(_BYTE, [_BYTE, _BYTE])
        )
        return builder.call(function, args)

    return _operation(name.replace(".", "_"), 2, emit)


def _compared(name: str, relation: str) -> Callable[..., Any]:
    def emit(builder: Any, args: Sequence[Any]) -> Any:
        return builder.sext(builder.icmp_unsigned(relation, args[0], args[1]), _BYTE)

    return _operation(name, 2, emit)


def _chosen(builder: Any, args: Sequence[Any]) -> Any:
    yes = builder.icmp_unsigned("!=", args[0], _BYTE(0))
    return builder.select(yes, args[1], args[2])


add_saturated = _by_intrinsic("uadd.sat")
"""min(a + b, 255)"""

subtract_saturated = _by_intrinsic("usub.sat")
"""max(a - b, 0)"""

smaller = _by_intrinsic("umin")
larger = _by_intrinsic("umax")

add = _operation("add", 2, lambda builder, args: builder.add(*args))
"""(a + b) mod 256"""

bits_and = _operation("bits_and", 2, lambda builder, args: builder.and_(*args))
bits_or = _operation("bits_or", 2, lambda builder, args: builder.or_(*args))

is_less = _compared("is_less", "<")
"""255 where a < b, else 0"""

is_equal = _compared("is_equal", "==")
"""255 where a = b, else 0"""

choose = _operation("choose", 3, _chosen)
"""b where a is not 0, else c"""
