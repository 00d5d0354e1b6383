"""The cabinet as a thing: doors, latches, coils, people, phones, and its own time."""
