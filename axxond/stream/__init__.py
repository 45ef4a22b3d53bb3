"""Streams: `hub` (one per camera stream; bounded subscribers), `pool` (worker threads that decode
for detectors), `decoder` (pictures), `sound`.  `hub` runs on the event loop; libav runs in the
pool's threads."""
