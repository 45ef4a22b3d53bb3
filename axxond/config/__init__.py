"""Configuration: `schema` (every kind of object, every property), `tree` (validated changes),
`store` (SQLite), `file` (start-up facts from conf/axxond.toml)."""
