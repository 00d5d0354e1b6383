"""Events: what is recorded for good, one file a kind of thing that happens."""
