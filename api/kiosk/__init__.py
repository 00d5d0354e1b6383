"""The touchscreen at the cabinet."""
