"""All that can be asked of a parcel, of a door and of a cabinet: each a word, a message and how many seconds later."""

from datetime import timedelta

from locker.core.messages.command import NewCode
from locker.core.messages.commands import (
    Cancel,
    Clear,
    ClearByWord,
    Collect,
    Deposit,
    Reopen,
    Resize,
    Restore,
    Retire,
    StaffOpen,
)
from locker.core.messages.custody_commands import (
    Announced,
    DeadlineFilter,
    EndExpected,
    Expect,
    Extend,
    Hold,
    Move,
    NotFetched,
    PlaceParcel,
    Reassign,
    Release,
    ShiftDeadlines,
    TakeOver,
    Unhold,
    Withdraw,
)
from locker.core.messages.observations import (
    Begun,
    PulseFailed,
    RelayStuck,
    SwitchesSeen,
    Tick,
    Unsealed,
    WallJumped,
)
from locker.core.messages.parcel_commands import (
    Accept,
    AddDelegate,
    Book,
    BringReturn,
    EndCredential,
    HandOver,
    PutBack,
    Reject,
    ReplaceCode,
)
from locker.core.model import Consent, Content, Direction, Flag, Seen, Size
from locker.core.parcel_words import Contents, OutboundType, ParcelType, RejectReason
from locker.core.reasons import NotStored

WHO = {"by": "token:t"}
UNUSED = NewCode(code_hash="code-unused", token_hash="token-unused", sealed=b"sealed")


def now(*pairs):
    """Things asked at this moment."""
    return [(what, message, 0) for what, message in pairs]


def of_the_parcel(play, name):
    """Every command about this parcel, and what its door, the clock and a restart may do to it."""
    asked = [*at_the_door(name), *shown(play, name), *kept(play, name), *said(play, name), *carried(play, name)]
    return now(*asked, *given(play, name))


def at_the_door(name):
    yield "cancel", Cancel(**WHO, parcel=name)
    yield "cancel: occupied", Cancel(**WHO, parcel=name, reason=NotStored.OCCUPIED)
    for size in (Size.S, Size.M, Size.L, Size.XL):
        yield f"resize {size.value}", Resize(**WHO, parcel=name, size=size)
    yield "reopen", Reopen(**WHO, parcel=name)
    yield "reopen to take back", Reopen(**WHO, parcel=name, take_back=True)
    yield "bring return", BringReturn(**WHO, parcel=name)
    yield "bring return as staff", BringReturn(**WHO, parcel=name, staff=True)


def shown(play, name):
    """Its codes at the kiosk: bare, with a second item, as a token, by somebody else."""

    def collect(hash, **more):  # noqa: A002  the field's name
        said = {"pickup": "k-new", "token": False, "source": "kiosk"} | more
        return Collect(by=said["source"], hash=hash, **said)

    for credential in play.site.parcels[name].credentials:
        kind = credential.kind.value
        if credential.code_hash:
            yield f"{kind}", collect(credential.code_hash)
            yield f"{kind} as a token", collect(credential.code_hash, token=True)
            yield f"{kind} at another source", collect(credential.code_hash, source="token:t")
            yield f"{kind} with the unit", collect(credential.code_hash, second="1203")
            yield f"{kind} with a wrong unit", collect(credential.code_hash, second="9999")
            yield f"{kind} for all", collect(credential.code_hash, every=True)
            yield f"{kind} for all with the unit", collect(credential.code_hash, every=True, second="1203")
            yield f"{kind} where a second is asked", collect(credential.code_hash, ask_second=True)
            yield f"{kind} of another booking", collect(credential.code_hash, booked="p-other")
            yield f"{kind} of this booking", collect(credential.code_hash, booked=name)
            yield f"{kind} by staff", collect(credential.code_hash, staff=True)
        if credential.token_hash:
            yield f"{kind}: its token", collect(credential.token_hash, token=True)
            yield f"{kind}: its token, typed", collect(credential.token_hash)
            yield f"{kind}: its token, a wrong unit", collect(credential.token_hash, token=True, second="9999")
            yield (
                f"{kind}: its token where a second is asked",
                collect(credential.token_hash, token=True, ask_second=True),
            )


def kept(play, name):
    """Held, given time, moved, handed out."""
    yield "hold", Hold(**WHO, parcel=name, reason="dispute")
    yield "unhold", Unhold(**WHO, parcel=name)
    yield "extend", Extend(**WHO, parcel=name, hours=5)
    yield "extend with a reason", Extend(**WHO, parcel=name, hours=5, reason="storm")
    yield "expect no more", EndExpected(**WHO, parcel=name)
    for to in [*sorted(play.site.compartments), *sorted(play.site.places), "nowhere"]:
        yield f"move to {to}", Move(**WHO, parcel=name, to=to)
    yield "move to A1, new code", Move(**WHO, parcel=name, to="A1", new_code=UNUSED)
    yield "release", Release(**WHO, parcel=name, pickup="k-new", reason="lost")
    yield "take over", TakeOver(**WHO, parcel=name, pickup="k-new")
    for who in [(), *((one,) for one in sorted(play.site.residents))]:
        more = {"recipients": who, "unit": "1", "reason": "typed wrongly", "new_code": UNUSED}
        yield f"give to {who[0] if who else 'nobody'}", Reassign(**WHO, parcel=name, **more)
    parcel = play.site.parcels[name]
    told = {"recipients": None, "company": "SF", "label_hash": parcel.label_hash, "size": None}
    yield "place it", PlaceParcel(**WHO, parcel=name, place="shelf", **told)
    yield "place its number", PlaceParcel(**WHO, parcel="p-new", place="shelf", **told | {"recipients": ("r1",)})
    yield (
        "place its number, sized",
        PlaceParcel(**WHO, parcel="p-new", place="shelf", **told | {"recipients": ("r1",), "size": Size.M}),
    )
    more = {"label_hash": parcel.label_hash, "code_hash": "code-unused", "token_hash": "token-unused", "sealed": b"s"}
    more |= {"tracking": "", "unit": "", "courier": "", "company": "SF", "recipients": None, "size": None}
    yield "deposit it", Deposit(**WHO, parcel=name, **more)
    yield "deposit its number", Deposit(**WHO, parcel="p-new", **more | {"recipients": ("r1",), "size": Size.M})
    beside = {"recipients": parcel.recipients, "size": Size.M, "label_hash": "label-unused", "join": True}
    yield "join it", Deposit(**WHO, parcel="p-new", **more | beside)
    yield "join it, cold", Deposit(**WHO, parcel="p-new", **more | beside | {"flags": frozenset({Flag.COLD})})
    yield "join it, another carrier", Deposit(**WHO, parcel="p-new", **more | beside | {"company": "Another"})


def said(play, name):
    """At an open door, by whoever fetches, and by somebody else."""
    visit = play.site.visits.get(play.site.parcels[name].compartment)
    pickup, source = (visit.id, visit.by) if visit is not None else ("k-none", "kiosk")
    for who, by in (("", source), (" by another", "token:other")):
        for which, one in (("all", None), ("it", name), ("another", "p-other")):
            own = {"by": by, "pickup": pickup, "source": by, "parcel": one}
            yield f"put back {which}{who}", PutBack(**own)
            yield f"reject {which}{who}", Reject(**own, why=RejectReason.DAMAGED)
            yield f"accept {which}{who}", Accept(**own)


def carried(play, name):
    """By couriers of its company and of another."""
    for company in ("sf", "Another"):
        for own in (True, False):
            more = {"parcel": name, "company": company, "courier": "Li", "own": own}
            yield f"withdraw {company}{' own' if own else ''}", Withdraw(**WHO, **more)
            yield f"withdraw {company}{' own' if own else ''} as staff", Withdraw(**WHO, **more, staff=True)
        for missing in (True, False):
            yield (
                f"not fetched {company}{' missing' if missing else ''}",
                NotFetched(**WHO, parcel=name, company=company, missing=missing),
            )
    visit = play.site.visits.get(play.site.parcels[name].compartment)
    source = visit.by if visit is not None else "token:carrier"
    for company, by in (("sf", source), ("sf", "token:other"), ("Another", source)):
        which = f"hand over {company} {'to another' if by != source else ''}".strip()
        more = {"pickup": "k-new", "parcel": name, "company": company, "courier": "Li", "source": by}
        yield which, HandOver(by=by, **more)
        yield f"{which} as staff", HandOver(by=by, **more, staff=True)


def given(play, name):
    """What opens it: given to somebody, replaced, revoked."""
    until = play.now + timedelta(hours=2)
    more = {"parcel": name, "credential": "g-new", "name": "Ann", "until": until}
    yield "send somebody", AddDelegate(**WHO, **more, new_code=UNUSED)
    yield "send somebody for the past", AddDelegate(**WHO, **more | {"until": play.now}, new_code=UNUSED)
    yield "another code", ReplaceCode(**WHO, parcel=name, new_code=UNUSED)
    known = next(iter(sorted(play.site.codes)), "none")
    for what, hashes in (("code", (known, "token-unused")), ("token", ("code-unused", known))):
        used = NewCode(code_hash=hashes[0], token_hash=hashes[1], sealed=b"sealed")
        yield f"another code, the {what} used", ReplaceCode(**WHO, parcel=name, new_code=used)
    for credential in play.site.parcels[name].credentials:
        yield f"revoke {credential.kind.value}", EndCredential(**WHO, parcel=name, credential=credential.id)
    yield "revoke what is none", EndCredential(**WHO, parcel=name, credential="g-none")


def of_the_door(play, name):
    """Every command of staff about this door, and all that its switch, its lock and the clock may do."""
    parcels = play.site.compartments[name].parcels
    return [
        *now(*staffed(name, parcels)),
        *now(*by_word(name, parcels)),
        *now(*observed(play, name)),
        *[(f"{after} s later", Tick(synced=True), after) for after in (1, 5, 30, 60, 120, 400_000)],
        ("400000 s later by a clock that nobody believes", Tick(synced=False), 400_000),
    ]


def staffed(name, parcels):
    own = {"by": "staff:t", "compartment": name}
    yield "open", StaffOpen(**own, order="s-new", reason="look")
    yield "open, approved", StaffOpen(**own, order="s-new", reason="look", approved_by="staff:b")
    yield "retire", Retire(**own, reason="dirty")
    yield "restore", Restore(**own)
    yield "relay stuck", RelayStuck(name)
    for what, more in words_about(parcels):
        yield f"clear {what}", Clear(**own, **more)


def words_about(parcels):
    yield "empty", {"content": Content.EMPTY}
    yield "parcel", {"content": Content.PARCEL}
    yield "empty but", {"content": Content.EMPTY, "found": frozenset(parcels) or frozenset({"p9"})}
    yield "none found", {"content": Content.PARCEL, "found": frozenset()}
    yield "a stranger found", {"content": Content.PARCEL, "found": frozenset({*parcels, "p9"})}
    if parcels:
        codes = dict.fromkeys(parcels[:1], UNUSED)
        yield "the first found", {"content": Content.PARCEL, "found": frozenset(parcels[:1]), "new_codes": codes}


def by_word(name, parcels):
    own = {"by": "staff:t", "compartment": name, "reason": "key"}
    for what, more in words_about(parcels):
        yield f"{what} by word of two", ClearByWord(**own, witness="staff:w", **more)
    yield "empty by word of one", ClearByWord(**own, content=Content.EMPTY)
    yield "empty by word of one twice", ClearByWord(**own, witness="staff:t", content=Content.EMPTY)
    yield "empty by word of a supervisor", ClearByWord(**own, supervisor=True, content=Content.EMPTY)


def observed(play, name):
    for value in Seen:
        yield f"seen {value.value}", SwitchesSeen({name: value})
        yield f"all seen {value.value}", SwitchesSeen(dict.fromkeys(play.site.compartments, value))
    yield "its pulse failed", PulseFailed(name, "no reply")
    yield "a restart", Begun(version="test")
    long_ago = play.now - timedelta(hours=3)
    yield (
        "a restart after hours",
        Begun(version="test", down_since=play.now - timedelta(hours=2), lost={name: long_ago}),
    )
    for seconds in (3600, 600, -3600):
        yield f"the clock jumped {seconds}", WallJumped(seconds=seconds)
    yield "unsealed after an hour", Unsealed(seconds=3600)
    yield "unsealed after ten minutes", Unsealed(seconds=600)


def of_the_cabinet(play):
    """What anybody may bring, book and announce, and what is shifted for many."""
    return now(*brought(play), *booked(play), *announced(play), *shifted())


def brought(play):
    more = {"parcel": "p-new", "label_hash": "label-unused", "code_hash": "code-unused", "token_hash": "token-unused"}
    more |= {"sealed": b"s", "tracking": "", "unit": "", "courier": "", "company": "SF", "recipients": ("r1",)}
    more |= {"size": Size.M}
    for size in (None, *Size):
        yield f"deposit {size.value if size else 'of no size'}", Deposit(**WHO, **more | {"size": size})
    for flag in Flag:
        yield f"deposit {flag.value}", Deposit(**WHO, **more | {"flags": frozenset({flag})})
    for kind in ParcelType:
        yield f"deposit {kind.value}", Deposit(**WHO, **more | {"type": kind})
        desk = {"type": kind, "direction": Direction.DESK, "staff": True}
        yield f"deposit {kind.value} over the desk", Deposit(**WHO, **more | desk)
        place = {"place": "shelf", "parcel": "p-new", "size": Size.M, "recipients": ("r1",), "company": "SF"}
        yield f"place {kind.value}", PlaceParcel(**WHO, **place, label_hash="label-unused", type=kind)
    for resident in sorted(play.site.residents):
        yield f"deposit for {resident}", Deposit(**WHO, **more | {"recipients": (resident,)})
        agreed = {"recipients": (resident,), "consent": Consent.GIVEN}
        yield f"deposit for {resident} who agreed", Deposit(**WHO, **more | agreed)
    yield "deposit for nobody", Deposit(**WHO, **more | {"recipients": ()})
    yield "deposit unsaid for whom", Deposit(**WHO, **more | {"recipients": None})
    yield "deposit damaged", Deposit(**WHO, **more | {"damaged": True})
    yield "deposit over the desk", Deposit(**WHO, **more | {"direction": Direction.DESK})
    yield "deposit near column 1", Deposit(**WHO, **more | {"near": frozenset({1})})
    yield "deposit but not cold", Deposit(**WHO, **more | {"size": Size.L, "avoid": frozenset({"cold"})})
    yield "deposit to join", Deposit(**WHO, **more | {"join": True})
    yield "deposit as staff", Deposit(**WHO, **more | {"staff": True})
    for used in sorted(play.site.codes)[:1]:
        yield "deposit with a code that is used", Deposit(**WHO, **more | {"code_hash": used})
        yield "deposit with a token that is used", Deposit(**WHO, **more | {"token_hash": used})
    for place in ("room", "nowhere"):
        at = {"place": place, "parcel": "p-new", "size": Size.M, "recipients": (), "company": "SF"}
        yield f"place for nobody at {place}", PlaceParcel(**WHO, **at, label_hash="label-unused")


def of_the_source():
    """A code that nobody knows, shown at the kiosk."""
    return now(*guessed())


def guessed():
    for source in ("kiosk", "token:t"):
        more = {"pickup": "k-new", "hash": "unknown", "source": source}
        for what, shown in (("code", {"token": False}), ("token", {"token": True})):
            yield f"unknown {what} from {source}", Collect(**WHO, **more, **shown)
            yield f"unknown {what} from {source} with a unit", Collect(**WHO, **more, **shown, second="1203")


def booked(play):
    more = {"parcel": "p-new", "sender": "r1", "company": "SF", "size": Size.M, "type": OutboundType.RETURN}
    more |= {"declared": None, "new_code": UNUSED}
    for size in Size:
        yield f"book {size.value}", Book(**WHO, **more | {"size": size})
    for contents in Contents:
        yield f"book {contents.value}", Book(**WHO, **more | {"contents": contents})
    yield "book for a stranger", Book(**WHO, **more | {"sender": "r-none"})
    for used in sorted(play.site.codes)[:1]:
        new_code = NewCode(code_hash=used, token_hash="token-unused", sealed=b"s")
        yield "book with a code that is used", Book(**WHO, **more | {"new_code": new_code})


def announced(play):
    def one(size=Size.M, *, hours=24, **more):
        until = play.now + timedelta(hours=hours)
        own = {"parcel": "p-new", "recipients": ("r1",), "label_hash": "label-unused", "company": "SF"} | more
        return Announced(size=size, until=until, **own)

    for size in Size:
        yield f"expect {size.value}", Expect(**WHO, parcels=(one(size),))
    for hours in (0, 720, 721):
        yield f"expect for {hours} h", Expect(**WHO, parcels=(one(hours=hours),))
    for kind in ParcelType:
        yield f"expect {kind.value}", Expect(**WHO, parcels=(one(type=kind),))
    yield "expect for nobody", Expect(**WHO, parcels=(one(recipients=()),))
    yield "expect one and one too large", Expect(**WHO, parcels=(one(), one(Size.XL, parcel="p-2", label_hash="l2")))
    yield "expect low", Expect(**WHO, parcels=(one(needs=frozenset({"low"})),))
    for size in (Size.M, Size.XL):
        yield f"expect {size.value} cold", Expect(**WHO, parcels=(one(size, flags=frozenset({Flag.COLD})),))
        yield f"expect {size.value} charging", Expect(**WHO, parcels=(one(size, needs=frozenset({"charging"})),))
    yield "expect nothing", Expect(**WHO, parcels=())


def shifted():
    for what, only in (
        ("all", {}),
        ("a unit", {"units": ("1203",)}),
        ("another unit", {"units": ("7",)}),
        ("a door", {"compartments": ("A1",)}),
        ("a place", {"places": ("shelf",)}),
        ("a carrier", {"carrier": "sf"}),
        ("another carrier", {"carrier": "Another"}),
        ("what is overdue", {"overdue": True}),
        ("what is not", {"overdue": False}),
    ):
        yield f"shift {what}", ShiftDeadlines(**WHO, hours=3, reason="storm", only=DeadlineFilter(**only))
