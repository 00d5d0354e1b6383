"""What the contract asks of a caller and no schema can say, for schemathesis (SCHEMATHESIS_HOOKS)."""

import uuid
from datetime import UTC, datetime, timedelta

import schemathesis

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a1</identifier><sender>weather</sender>'
    "<sent>2020-01-01T00:00:00+08:00</sent><status>Test</status><msgType>Alert</msgType><scope>Public</scope>"
    "<info><category>Met</category><event>Rain</event><urgency>Past</urgency><severity>Minor</severity>"
    "<certainty>Observed</certainty><headline>Rain</headline></info></alert>"
)


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
    for body in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(body, dict):
            _say_what_is_meant(case.operation.path, body)
    if case.query and case.operation.path == "/parcels":
        case.query.pop("after", None)


def _say_what_is_meant(path, body):
    """A name has a letter or a digit, a window ends after it begins, days are near, languages are the site's."""
    for key, value in body.items():
        if isinstance(value, dict):
            _say_what_is_meant(path, value)
        elif key in {"name", "company", "unit", "carrier"} and isinstance(value, str):
            body[key] = f"{value[:38]}1"
    if isinstance(body.get("window"), dict):
        body["window"] = None
    if path.endswith("/photos"):
        body["photo"] = _PNG
    if path in _MEANT:
        _MEANT[path](body)


def _redelivery(body):
    body["on"] = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()  # in every zone a day to come


def _incident(body):
    if isinstance(body.get("words"), dict):
        said = next(iter(body["words"].values()), {"cause": "Power cut", "alternative": "The desk"})
        body["words"] = {"en": said}
        body["recovers_at"] = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


def _broadcast(body):
    body.update(template="incident", audience="all", texts={"en": "The lift stands still"})


def _alert(body):
    body["cap"] = _ALERT


def _calls(body):
    for call in body.get("calls", ()):
        call["time"] = datetime.now(UTC).isoformat(timespec="seconds")


def _revoke_right(body):
    body["company"] = "SF1"  # the token is of none


_MEANT = {
    "/deposit-rights/revoke": _revoke_right,
    "/parcels/{parcel}/redelivery": _redelivery,
    "/incident": _incident,
    "/broadcasts/{broadcast}": _broadcast,
    "/alerts": _alert,
    "/call-records": _calls,
}
