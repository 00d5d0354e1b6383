"""Code scanners on a serial line."""
