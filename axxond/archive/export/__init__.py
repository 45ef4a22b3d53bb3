"""Exports: footage of some cameras and a period as files, made by jobs that outlive a restart.

`jobs` (event loop: queue, states, events, retention) + `store` (a folder a job) + `job` (one run);
`camera` (event loop: reads; a thread of low priority: makes files) feeds `line` (that thread):
`period` (pure: cut to the period, close holes), `paint` (masks, time and name) + `transcode`
(H.264), `mkv` (our own writer, any codec), `mp4` (libav; exact by its edit list), `frames`,
`sheet` (PDF).  `packing` makes one file of many, with or without a password; `evidence` and `key`
what a court wants to see with it.
"""
