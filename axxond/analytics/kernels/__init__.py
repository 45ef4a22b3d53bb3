"""Kernels: arrays in, arrays out, compiled by numba; pure.

`compiler` (registration, cache), `lanes` (byte arithmetic), `scale` (down-sampling), `light`
(changes of exposure), `background` (what a pixel looks like when nothing is there), `cells`
(pixels to objects), `outline` (where a blob is two people), `tracking` (who is who, where a
pattern has gone, and who is where in a blob).

The pattern: a kernel is flat, allocates nothing, has one explicit signature, and takes its
scratch as arguments.  Planes are 2-D byte arrays, lines x pitch, zero beyond the picture.  What
wraps a kernel (the modules above this package) owns the arrays and checks dtype, shape and
contiguity.  Every kernel has a slow, obvious twin in tests/naive; the two agree exactly.
"""
