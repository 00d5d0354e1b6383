"""Somebody at a door: what a deposit and a pickup do, from the first order to the last consequence."""
