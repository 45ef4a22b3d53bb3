"""Streams: `hub` (one per camera stream; bounded subscribers), `pool` (what is decoded for
detectors, job by job), `crew` (the port of those who do it), `workers` (the processes that do),
`worker` (such a process; `parcel`: what goes between), `stage` (what runs there), `decoder`
(pictures), `sound`.  All but `worker` and what runs on its desks belongs to the event loop; libav
runs in the workers alone."""
