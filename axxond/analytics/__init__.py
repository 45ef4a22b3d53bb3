"""Analytics: what the picture means.

`kernels/` (numba: arrays in, arrays out), `plane` (the working picture), `zones` (polygons to
pixels), `light` (keeps the picture in one light), `background` (the model of what is usually
there), `foreground` (all that together; shared by all detectors of a stream), `port` (what a
detector is, and the registry of kinds), `tracker` (foreground to objects with a number; `track`,
`matching`, `holes`, `parting`, `crowd`; `objects` is what detectors read), `situation` (what
detectors on objects share), `structure` and `lasting` (what those on the whole picture share), one
module a detector (`motion`, `line_crossing`, `quality_loss`, ...; `penumbra` tells light from what
moves), `chain` (all detectors of a stream, pure: live and offline run the same), `audio/` (the
same for sound), `kinds` (every kind of both), `stream_time` (chains in a camera's time, told in
UTC), `watching` (what runs where a stream is decoded, and what it is told), `pipeline` (a camera's
hub through the decoder pool to events and boxes; on the event loop), `warmup` (compiles the
kernels), `offline` (`axxond analyze`: the chains on a file; `offline_source` reads it,
`offline_config` the detectors, `offline_command` the command line).

A new kind of detector: one module with a class after `port.Detector` that calls
`port.register`, imported by `chain`; its choice in config/schema/.
"""

from axxond.analytics.warmup import load, warm_up

__all__ = ["load", "warm_up"]
