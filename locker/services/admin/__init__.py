"""What the command line asks of the cabinet, with the daemon running or without."""
