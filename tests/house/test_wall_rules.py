"""What opens a door, and where chance comes from: rules of the tree that no single test would notice broken."""

import ast

from tree import name, parsed, product_files

from locker.core.credential import CredentialKind

CHANCE_OF_NO_SECRET = {
    "simulator",  # a made-up town
    "lockerd/notice_wiring.py",  # how long a notice waits before it is tried again
    "lockerd/fleet_wiring.py",  # how long a locker waits before it connects again
}


def _imports(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_X1_what_is_secret_comes_from_the_operating_systems_own_chance():
    users = {name(path) for path in product_files() if "random" in set(_imports(path))}
    assert {each for each in users if each.split("/")[0] not in CHANCE_OF_NO_SECRET} <= CHANCE_OF_NO_SECRET
    vault = next(path for path in product_files() if name(path) == "locker/vault.py")
    assert "secrets" in set(_imports(vault))


def test_X11_nothing_that_a_picture_could_imitate_opens_a_door():
    """Faces, voices and fingers are no credentials: a code, a token, somebody sent, the carrier, staff, no sixth."""
    assert {each.value for each in CredentialKind} == {"code", "token", "delegate", "carrier", "staff"}
