"""What follows from events: `engine` (pure: detector event + camera's state -> actions),
`alarms` (the alarm book: pending, taken, evaluated; survives restarts), `store` (its tables)."""
