"""The system journal: `store` (the SQL, pure of threads), `search` (a query as SQL), `journal`
(the service: listens on the bus, writes batches on its thread, answers from another)."""

from __future__ import annotations

from axxond.journal.journal import Journal

__all__ = ["Journal"]
