"""The journal: every event and every row that it changed, in one durable transaction."""
