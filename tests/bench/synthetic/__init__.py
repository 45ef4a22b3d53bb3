"""Rendered scenes for all detectors and all that disturbs them, and how well those are told apart.

`case` (one scene, the detectors on it, and what they must find), `oracle` (what that is, from the
paths alone), `chances` (random things, zones and disturbances), `situations`, `states` and
`disturbances` (the cases), `catalogue` (all of them), `runner` (runs and scores them); `__main__`
runs those that are named and tells what is wrong with each.

Two blocks of seeds: DEVELOPMENT is looked at while detectors are made; HELD_OUT is only run to
report.  Who looks at a single scene of it must give it a new number.
"""
