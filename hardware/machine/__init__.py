"""What this machine says about itself: one module a source, each read in a thread of its own and faked by its files."""
