"""A case file: one page that shows what the machine saw and verifies itself in any browser, without this program.

It is made of named parts. A manifest holds the SHA-256 of each and is signed (DSSE, Ed25519); the checkpoint of the log
is signed with the same key; each event leads to the checkpoint's root by its path. So whoever changes a byte of a part,
of the manifest or of a signature is found, and the part is named. `check_case_file` does what the page does.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locker.core.events.record import link
from locker.journal.event_tree import root_by_path
from locker.signed_note import BadNote, fingerprint, from_base64, opened_envelope, opened_note, read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.events.record import Recorded
    from locker.signed_note import NoteSigner

PAYLOAD = "application/vnd.lockerd.case-file+json"
FORMAT = "lockerd-case-file-1"
PAGE = "case.html"
CHECKPOINT = "checkpoint.txt"
CASE = "case.json"
STAMP = "checkpoint.tsr"
"""What an outside authority said of the checkpoint (RFC 3161), where there is one."""
MANIFEST = "manifest"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_BLOCK = re.compile(r'<script type="text/plain" data-part="([^"]+)">([^<]*)</script>')
_EVENT = re.compile(r"events/([0-9]+)\.json")
_PHOTO = re.compile(r"photos/([0-9a-f]{64})\.(jpg|png)")
_CLIP = re.compile(r"clips/([0-9a-f]{64})\.json")
_FRAME = re.compile(r"frames/([0-9a-f]{64})\.jpg")


def as_json(value: Any) -> bytes:
    """JSON that is always spelled the same."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def event_part(line: Recorded, before: str, path: list[bytes], shown: Mapping[str, Any] | None) -> bytes:
    """One event with its path to the root. `shown`: what this copy may show of it; None for the whole line."""
    if shown is None:
        said: dict[str, Any] = {"at": line.at, "kind": line.kind, "by": line.by, "data": line.data, "before": before}
    else:
        said = dict(shown)
    return as_json({**said, "seq": line.seq, "hash": line.hash, "path": [each.hex() for each in path]})


def make_page(template: str, facts: Mapping[str, Any], parts: Mapping[str, bytes], signer: NoteSigner) -> bytes:
    """The page with its parts and their signed manifest. `template` has the place `<!-- parts -->`."""
    manifest = {
        "format": FORMAT,
        **facts,
        "key": base64.b64encode(signer.public).decode(),
        "name": signer.name,
        "page": hashlib.sha256(template.encode()).hexdigest(),
        "parts": {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()},
    }
    envelope = signer.envelope(PAYLOAD, as_json(manifest))
    blocks = {MANIFEST: as_json(envelope), **parts}
    text = "\n".join(_block(name, blocks[name]) for name in sorted(blocks))
    return template.replace("<!-- parts -->", text, 1).encode()


def _block(name: str, content: bytes) -> str:
    return f'<script type="text/plain" data-part="{name}">{base64.b64encode(content).decode()}</script>'


def make_zip(page: bytes) -> bytes:
    """The page in a ZIP that is the same for the same page."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(PAGE, _EPOCH)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, page)
    return out.getvalue()


@dataclass(slots=True)
class CheckedFile:
    """What a case file says, and what is wrong with it, by part. `key`: who signed it, by fingerprint.

    `stamp`: what an outside authority said of the `checkpoint`, empty without one; who trusts it judges it.
    """

    faults: list[str] = field(default_factory=list)
    number: str = ""
    key: str = ""
    parts: int = 0
    checkpoint: bytes = field(default=b"", repr=False)
    stamp: bytes = field(default=b"", repr=False)


def check_case_file(content: bytes) -> CheckedFile:
    """Verify a case file by itself: no database, no key but the one that it names."""
    checked = CheckedFile()
    try:
        raw = _page(content)
        page = raw.decode()
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError) as broken:
        checked.faults.append(f"{PAGE}: cannot be read: {broken}")
        return checked
    blocks, checked.faults = _blocks(page)
    manifest, public = _manifest(blocks.pop(MANIFEST, b""), checked)
    if manifest is None:
        return checked
    checked.number, checked.parts = str(manifest.get("case", "")), len(manifest["parts"])
    if hashlib.sha256(_template(_BLOCK.sub("", page)).encode()).hexdigest() != manifest.get("page"):
        checked.faults.append(f"{PAGE}: the page around the parts was changed")
    checked.checkpoint, checked.stamp = blocks.get(CHECKPOINT, b""), blocks.get(STAMP, b"")
    checked.faults += _part_faults(blocks, manifest["parts"])
    checked.faults += _proof_faults(blocks, public)
    if not checked.faults and content not in {raw, make_zip(raw)}:
        checked.faults.append("zip: is not as it was made")
    return checked


def _page(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    if [each.filename for each in entries] != [PAGE] or entries[0].compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile("something else is in it")
    # Not by its own reader, which stops at a wrong checksum: the part that was changed is to be named.
    at = entries[0].header_offset
    name, extra = struct.unpack("<HH", content[at + 26 : at + 30])
    begin = at + 30 + name + extra
    return content[begin : begin + entries[0].file_size]


def _template(plain: str) -> str:
    """The page as it was before its parts: where they stood are empty lines and nothing else."""
    return re.sub(r"(?<=<!-- begin -->\n)\n*(?=\n<!-- end -->)", "<!-- parts -->", plain, count=1)


def _blocks(page: str) -> tuple[dict[str, bytes], list[str]]:
    found, faults = dict[str, bytes](), list[str]()
    for name, text in _BLOCK.findall(page):
        if name in found:
            faults.append(f"{name}: stands there twice")
        try:
            found[name] = from_base64(text)
        except ValueError:
            found[name] = b""
            faults.append(f"{name}: was changed")
    return found, faults


def _manifest(envelope: bytes, checked: CheckedFile) -> tuple[dict[str, Any] | None, bytes]:
    try:
        said = json.loads(envelope)
        public = from_base64(json.loads(from_base64(said["payload"]))["key"])
        manifest = json.loads(opened_envelope(said, public, PAYLOAD))
        good = manifest["format"] == FORMAT and isinstance(manifest["parts"], dict) and as_json(said) == envelope
    except BadNote as wrong:
        checked.faults.append(f"signature: the manifest {wrong}")
        return None, b""
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        checked.faults.append("signature: the manifest cannot be read")
        return None, b""
    checked.key = fingerprint(public)
    return manifest, public


def _part_faults(blocks: Mapping[str, bytes], wanted: Mapping[str, str]) -> list[str]:
    faults = [f"{name}: is missing" for name in sorted(wanted.keys() - blocks.keys())]
    faults += [f"{name}: was not signed" for name in sorted(blocks.keys() - wanted.keys())]
    return faults + [
        f"{name}: was changed"
        for name, content in sorted(blocks.items())
        if name in wanted and hashlib.sha256(content).hexdigest() != wanted[name]
    ]


def _proof_faults(blocks: Mapping[str, bytes], public: bytes) -> list[str]:
    """What does not lead to the checkpoint, and what the events do not tell."""
    faults, told = list[str](), set[str]()
    try:
        checkpoint = read_checkpoint(opened_note(blocks.get(CHECKPOINT, b"").decode(), public))
    except (BadNote, UnicodeDecodeError) as wrong:
        return [f"{CHECKPOINT}: {wrong}"]
    for name, content in sorted(blocks.items()):
        if _EVENT.fullmatch(name):
            fault = _event_fault(content, checkpoint.size, checkpoint.root)
            faults += [f"{name}: {fault}"] if fault else []
            told.update(re.findall(r"[0-9a-f]{64}", content.decode(errors="replace")))
    for name, content in sorted(blocks.items()):
        photo = _PHOTO.fullmatch(name)
        if photo and (hashlib.sha256(content).hexdigest() != photo[1] or photo[1] not in told):
            faults.append(f"{name}: is not the picture of which an event tells")
    return faults + _clip_faults(blocks, told) + _entry_faults(blocks.get(CASE, b""), told)


def _clip_faults(blocks: Mapping[str, bytes], told: set[str]) -> list[str]:
    """An event tells of the list of a clip's frames, and the list of each frame."""
    faults, listed = list[str](), set[str]()
    for name, content in sorted(blocks.items()):
        clip = _CLIP.fullmatch(name)
        if clip and (hashlib.sha256(content).hexdigest() != clip[1] or clip[1] not in told):
            faults.append(f"{name}: is not the clip of which an event tells")
        elif clip:
            listed.update(re.findall(r"[0-9a-f]{64}", content.decode(errors="replace")))
    for name, content in sorted(blocks.items()):
        frame = _FRAME.fullmatch(name)
        if frame and (hashlib.sha256(content).hexdigest() != frame[1] or frame[1] not in listed):
            faults.append(f"{name}: is not a frame of a clip")
    return faults


def _event_fault(content: bytes, size: int, root: bytes) -> str:
    try:
        said = json.loads(content)
        line, seq = bytes.fromhex(said["hash"]), int(said["seq"])
        path = [bytes.fromhex(each) for each in said["path"]]
        if "data" in said:
            parts = (said["before"], seq, said["at"], said["kind"], said["by"], said["data"])
            if link(*parts) != said["hash"]:
                return "its hash does not fit what it says"
    except (ValueError, KeyError, TypeError):
        return "cannot be read"
    return "" if root_by_path(line, seq - 1, size, path) == root else "does not lead to the checkpoint"


def _entry_faults(case: bytes, told: set[str]) -> list[str]:
    """Texts of which the journal has a salted hash must be those texts."""
    try:
        entries = json.loads(case)["entries"]
        return [
            f"{CASE}: entry {each['entry']} is not what was written"
            for each in entries
            if each.get("salt") and hashlib.sha256(f"{each['salt']}\n{each['text']}".encode()).hexdigest() not in told
        ]
    except (ValueError, KeyError, TypeError):
        return [f"{CASE}: cannot be read"]
