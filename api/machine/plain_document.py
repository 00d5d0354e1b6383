"""The OpenAPI document for programs that write client libraries: the same calls and fields, without conditions. Pure.

What a body may say together (one field only beside another, a row of exactly three numbers) is true all the same, and a
call that does not keep to it is answered with 422; generators of clients make broken code of such conditions.
"""

from __future__ import annotations

from typing import Any

_CONDITIONS = frozenset({"oneOf", "anyOf", "allOf", "not", "if", "then", "else", "dependentRequired"})


def without_conditions(document: Any) -> Any:
    """The document with every object's fields alone, and rows of any items."""
    if isinstance(document, list):
        return [without_conditions(each) for each in document]
    if not isinstance(document, dict):
        return document
    left_out = _CONDITIONS if isinstance(document.get("properties"), dict) else frozenset()
    told = {name: without_conditions(value) for name, value in document.items() if name not in left_out}
    if told.get("type") == "array" and told.pop("prefixItems", None) is not None:
        told["items"] = {}
    return told
