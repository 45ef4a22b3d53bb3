"""Ground floor: clock, errors, units, tasks and threads, logging with redaction."""
