"""Wires to the world: notices by webhook, mail and Apprise."""
