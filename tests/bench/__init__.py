"""Benchmarks: one module each, with `run(quick) -> list[Row]`; its docstring's first line says
what is measured.  `scripts/bench` finds and runs them; `table` shows what they found, `measure`
reads processor time and memory from the operating system.
"""
