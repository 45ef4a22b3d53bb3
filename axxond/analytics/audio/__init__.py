"""Basic audio detectors: what a camera's sound means.

`levels` (samples to levels in dBFS, 20 a second), `runs` (loud or quiet stretches that last, to
events), `detectors` (no signal, signal, noise: their settings), `chain` (all detectors of a
camera's sound, pure: live and offline run the same).
"""
