"""The journal: `page` (table with filter, live)."""
