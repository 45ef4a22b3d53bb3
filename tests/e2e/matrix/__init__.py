"""Every kind of source against everything the product does with one, on the real daemon.

`sources` has them running, `checks` tries one thing each as a client would, `table` joins them.
A cell is "works", "–" with a reason where the source has nothing of the kind, or what failed.
"""
