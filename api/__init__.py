"""Screens and HTTP: the kiosk on loopback, the staff panel and the machine API on the LAN."""
