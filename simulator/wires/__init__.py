"""The far ends of the wires: pins, expanders, lock boards and scanners."""
