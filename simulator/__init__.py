"""A cabinet made of software: doors, pins, boards, cables, phones and people."""
