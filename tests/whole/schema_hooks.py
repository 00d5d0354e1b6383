"""What the contract asks of a caller and no schema can say, for schemathesis (SCHEMATHESIS_HOOKS)."""

import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Of valid requests: each has a key of its own, and begins no page at a cursor that no list gave.

    A key that was used for another request is 422 `key-reused`, an unknown cursor 422 `invalid`.
    """
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.media_type == "text/csv":  # to a schema it is a text like any other
        case.body = "tracking,unit,size,carrier,until\nSF1,1203,S,SF,2020-01-01T00:00:00Z\n"
    if case.query and case.operation.path == "/parcels":
        case.query.pop("after", None)
