"""The camera: a child process that sees, and the daemon's side of it."""
