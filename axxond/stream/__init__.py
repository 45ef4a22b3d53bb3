"""Streams: `hub` (one per camera stream; bounded subscribers), `decoder` (worker threads that
decode for detectors).  `hub` runs on the event loop; libav runs in the decoder's threads."""
