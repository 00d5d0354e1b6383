"""A requirement counts as delivered when a test bears its ID."""

import re

import pytest
from requirement_rows import NOT_BORNE, OUT, ROWS
from tree import kept_files, name, parsed

DELIVERED = [
    *("REC-01", "REC-03", "REC-04", "REC-16", "REL-01", "REL-06", "REL-09", "NTF-03", "QRY-01", "STO-05", "EXC-01"),
    *("SEC-01", "SEC-05", "SEC-06", "SEC-08", "UX-01", "UX-02", "UX-03", "UX-04", "OB-06"),
    *("NTF-01", "NTF-02", "NTF-10", "CRM-05", "CRM-09", "UX-07", "QRY-03", "N9", "R12", "R13", "R25"),
    *("REL-04", "REL-05", "REL-07", "REL-08", "EXC-06", "OB-10", "C16", "R6", "R8", "R16"),
    *("REC-10", "REL-11", "STO-03", "STO-10", "EXC-04", "OB-21", "C21", "C22", "R9", "O12"),
    *("CLM-01", "CLM-02", "CLM-03", "CLM-04", "CLM-05", "CLM-06", "CLM-07", "CLM-08", "CLM-09", "FEE-04"),
    *("SLA-02", "SLA-03", "SLA-04", "EXC-02", "EXC-05"),
    *(
        "SLA-05",
        "SLA-06",
        "SLA-07",
        "SLA-08",
        "SLA-09",
        "STF-05",
        "STF-06",
        "STF-10",
        "N1",
        "N2",
        "N4",
        "N13",
        "SEC-02",
    ),
    *("OB-03", "OB-16"),
    *("REC-06", "REC-11", "REC-12", "REC-13", "OB-09", "C17", "C18", "R7"),
    *("CRM-01", "CUR-03", "S6", "N16"),
    *("S1", "STO-06", "S3", "S4", "S5", "S8", "S11", "S12", "S16", "S18"),
    *("X1", "X2", "X4", "X5", "X6", "X7", "X9", "X11", "X12"),
    *("QRY-02", "QRY-04", "QRY-05", "QRY-08", "CRM-10", "R5", "R14", "N6"),
    *("X3", "H5", "H6", "H7", "H8", "H9", "N12", "O14"),
    *(
        "REC-02",
        "REC-07",
        "STO-01",
        "N3",
        "REL-03",
        "REL-14",
        "CON-03",
        "CON-04",
        "CUR-01",
        "C7",
        "C8",
        "C9",
        "C10",
        "C11",
        "C12",
        "C13",
        "C14",
        "C15",
        "C19",
        "C20",
        "C23",
    ),
    *(
        "KPI-01",
        "KPI-02",
        "KPI-03",
        "KPI-04",
        "KPI-05",
        "KPI-09",
        "KPI-10",
        "KPI-11",
        "KPI-12",
        "KPI-13",
        "KPI-15",
        "KPI-16",
    ),
    *("TP-01", "TP-02", "TP-03", "TP-04", "TP-05", "TP-06", "TP-07", "CRM-02", "CRM-06", "CRM-08", "CUR-06"),
    *("NTF-06", "NTF-08", "NTF-09", "R26", "QRY-06", "QRY-07"),
    *("STF-03", "STO-02", "STO-08"),
    *("N15", "S17", "X7", "X8", "X9"),
    *("FEE-01", "FEE-02", "FEE-08", "EXC-03", "NTF-04", "NTF-07", "CRM-04", "R13", "N6"),
    *("STF-02", "O1", "O4", "O8", "O9", "O15", "N10"),
    *("PK-07", "REL-12", "O2", "O3", "O5", "O6", "O13", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "X10"),
    *("REL-02", "REL-10", "NTF-05", "FEE-03", "FEE-05", "FEE-06", "OB-12", "OB-13", "OB-17", "UX-05", "STF-09"),
    *("PK-01", "PK-03", "PK-04", "PK-05", "PK-06", "STF-01", "STF-08", "STF-11", "KPI-07", "KPI-14", "AI-01", "CRM-07"),
    *("STO-04", "SEC-03", "SEC-04", "SEC-07", "SEC-09", "N7", "X10"),
    *("S2", "S7", "S9", "S10", "S13", "S14", "S15", "S19"),
    *("SLA-01", "STF-04", "OB-15", "REL-12"),
    *("OB-02", "OB-04", "OB-05", "OB-07", "OB-14", "OB-18", "OB-19", "FEE-07", "QRY-09"),
    *("AI-02", "AI-03", "AI-04", "CRM-03"),
    *("R15", "R17", "R19", "R20", "R21", "R22", "R23", "R24", "R27", "N8", "N14"),
    *("REC-05", "REC-08", "REC-09", "REC-14", "STO-09", "REL-12", "REL-13", "CON-01", "CON-02", "OB-11", "STF-07"),
    *("CUR-02", "CUR-04", "C2", "C4", "C5", "C6"),
]
NUMBERED = re.compile(r"def (test_\w+)")


def _tests():
    for path in kept_files():
        if name(path).startswith("tests/") and path.name.startswith("test_"):
            yield from NUMBERED.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("requirement", DELIVERED)
def test_a_delivered_requirement_is_held_by_a_test(requirement):
    wanted = re.compile(rf"_{requirement.replace('-', '_')}(?:_|$)")
    assert any(wanted.search(test) for test in _tests())


def test_every_row_is_borne_or_out_of_scope_or_known_to_be_missing():
    missing = [row for row in ROWS if row not in {*DELIVERED, *OUT}]
    print(f"{len(ROWS)} rows, {len(OUT)} out of scope, neither borne nor out: {' '.join(missing) or 'none'}")  # noqa: T201  shown by -s
    assert set(missing) <= NOT_BORNE
    assert not set(OUT) & set(DELIVERED)


def test_no_test_hides_another_of_the_same_name():
    for path in kept_files():
        if name(path).startswith("tests/") and path.name.startswith("test_"):
            tests = [node.name for node in parsed(path).body if getattr(node, "name", "").startswith("test_")]
            assert len(tests) == len(set(tests)), name(path)
