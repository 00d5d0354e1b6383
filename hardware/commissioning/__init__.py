"""What an installer asks of the wires: one look, a scan of the buses, a walk from door to door."""
