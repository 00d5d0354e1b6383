"""N16: an import shows its reading: encoding, columns, what a spreadsheet damaged, duplicates."""

import asyncio
import io
import subprocess
import sys
import zipfile

import pytest

from locker.journal.store import CannotWrite
from locker.services.people import RowEffect, UnreadableTable, guessed_columns, plan_import, read_table
from locker.services.people.residents import Person
from locker.services.resident_imports import ResidentImports

LIST = "房号,姓名,手机\n1201,王小明,13800002201\n1202,李娜,13911110002\n1203,陈静怡,13722220003\n"
TRADITIONAL = "戶號,姓名,手機\n1201,陳美玲,13800002201\n1202,黃志強,13911110002\n"
LI = Person("r1", "1202", "李娜", "13911110002", "zh-CN", "", True, False)
CHEN = Person("r2", "1203", "陈静怡", "13700000000", "zh-CN", "", None, True)
GONE = Person("r3", "1301", "何平", "", "zh-CN", "", None, False)


RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relationship(kind, target):
    one = f'<Relationship Id="s" Type="{RELATION}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}">{one}</Relationships>'


def spreadsheet(rows):
    """The smallest file that a spreadsheet program calls its own: numbers as numbers, all else as text."""

    def cell(value):
        if isinstance(value, (int, float)):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    return spreadsheet_of("".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows))


def spreadsheet_of(body):
    """The same with rows as they are written in it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheets = '<sheets><sheet name="a" sheetId="1" r:id="s"/></sheets>'
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relationship("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relationship("worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{RELATION}">{sheets}</workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, f'<?xml version="1.0"?>{text}')
    return out.getvalue()


def planned(text, residents=(LI, CHEN, GONE)):
    rows = read_table(text.encode()).rows
    columns, heading = guessed_columns(rows)
    return plan_import(rows, columns, heading=heading, residents=residents, dialled=lambda phone: phone)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LIST.encode(), "utf-8"),
        (LIST.encode("utf-8-sig"), "utf-8"),
        (LIST.encode("utf-16"), "utf-16"),
        (LIST.encode("gb18030"), "gb18030"),
        (TRADITIONAL.encode("big5"), "big5"),
        (TRADITIONAL.encode(), "utf-8"),
        ("unit,name,phone\n1,Müller,030123456\n2,Jürgens,030654321\n".encode("cp1252"), "windows-1252"),
    ],
)
def test_N16_the_encoding_is_found_and_the_others_can_be_chosen(content, encoding):
    table = read_table(content)
    assert table.encoding == encoding
    assert table.encoding == table.encodings[0]
    assert "�" not in "".join(map("".join, table.rows))
    for other in table.encodings:
        assert read_table(content, other).encoding == other


def test_N16_a_file_that_two_encodings_can_read_shows_both():
    table = read_table(LIST.encode("gb18030"))
    assert "big5" in table.encodings
    assert read_table(LIST.encode("gb18030"), "big5").rows[1][1] != "王小明"
    with pytest.raises(UnreadableTable):
        read_table(LIST.encode("gb18030"), "utf-8")


def test_N16_a_spreadsheet_reads_as_its_owner_sees_it():
    rows = [["房号", "姓名", "手机"], [1201, "王小明", 13800002201.0], ["B-2", "Gu Lan", "0138"]]
    table = read_table(spreadsheet(rows))
    assert table.rows == (("房号", "姓名", "手机"), ("1201", "王小明", "13800002201"), ("B-2", "Gu Lan", "0138"))
    assert table.encodings == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"x" * (4 * 1024 * 1024 + 1), "long"),
        (b"PK\x03\x04 no zip", "spreadsheet"),
        (b"a,b\n" * 20_002, "rows"),
        (b",".join([b"a"] * 31), "rows"),
    ],
)
def test_N16_what_is_no_list_is_said_in_a_word(content, why):
    with pytest.raises(UnreadableTable, match=f"^{why}$"):
        read_table(content)


def far_cell():
    """A few hundred bytes that claim every row and every column that a spreadsheet can have."""
    return spreadsheet_of(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )


def repeated(text, cells):
    """One text that every cell names: little in the file, much when it is read."""
    return spreadsheet_of("<row>" + f'<c t="inlineStr"><is><t>{text}</t></is></c>' * cells + "</row>")


@pytest.mark.parametrize("content", [far_cell(), repeated("a" * 1_000_000, 30)])
def test_N16_a_spreadsheet_that_claims_more_than_a_list_holds_ends_a_child_and_not_the_daemon(content):
    assert len(content) < 100_000
    script = (
        "import sys\nfrom locker.services.people import UnreadableTable, read_table\n"
        "try:\n    read_table(sys.stdin.buffer.read())\nexcept UnreadableTable as fault:\n    print(fault)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=content, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"rows\n")


def test_N16_columns_are_known_by_their_heading_in_any_order_and_without_one_by_their_place():
    assert guessed_columns([["Phone", "FULL NAME", "note", "Flat"]]) == (("phone", "name", "", "unit"), True)
    assert guessed_columns([["手機", "姓名", "戶號"]]) == (("phone", "name", "unit"), True)
    assert guessed_columns([["1201", "王小明", "138", "x"]]) == (("unit", "name", "phone", ""), False)


def test_N16_each_good_row_says_what_it_would_do_and_nobody_is_left_out_silently():
    plan = planned(LIST)
    assert [(row.number, row.effect) for row in plan.rows] == [
        (2, RowEffect.NEW), (3, RowEffect.SAME), (4, RowEffect.CHANGED),
    ]  # fmt: skip
    changed = plan.rows[2]
    assert (changed.known, changed.phone, changed.consent, changed.low_door) == ("r2", "13722220003", None, True)
    assert plan.absent == 1
    assert len(plan.work) == 2


@pytest.mark.parametrize(
    ("row", "fault", "instead"),
    [
        ("1204,Ma Tao,1.38E+10", "phone-damaged", "1.38E+10"),
        ("2026-03-12,Ma Tao,13800000000", "unit-day", "2026-03-12"),
        ("3-Dec,Ma Tao,13800000000", "unit-day", "3-Dec"),
        ("12O3,Ma Tao,13800000000", "unit-letter", "1203"),
        (",Ma Tao,13800000000", "unit", ""),
        ("1204,,13800000000", "name", ""),
        ("1204,Ma Tao,138", "phone", ""),
        ("1202,李娜,13911110002", "twice", "2"),
    ],
)
def test_N16_a_row_at_fault_stays_out_with_its_number_and_what_it_may_have_meant(row, fault, instead):
    plan = planned(f"unit,name,phone\n1202,李娜,13911110009\n{row}\n1209,Ok Row,13800000001\n")
    (wrong,) = plan.faults
    assert (wrong.number, wrong.fault, wrong.instead) == (3, fault, instead)
    assert [each.number for each in plan.work] == [4, 2]


def test_N16_our_own_table_is_read_again_as_it_was_written():
    heading = "\ufeffunit,name,phone,email,language,consent,low_door"
    plan = planned(f"{heading}\n1202,李娜,13911110002,,zh-CN,yes,no\n'=x,A,13800000000,,en,,yes\n")
    assert plan.rows[0].effect is RowEffect.SAME
    assert (plan.rows[1].unit, plan.rows[1].language, plan.rows[1].low_door) == ("=x", "en", True)


async def test_N16_a_full_disk_ends_nothing_where_a_list_was_taken_over_before(bench, monkeypatch):
    imports = ResidentImports(bench.engine, bench.journal, bench.directory, bench.wishes, bench.commands)
    sql = """insert into resident_import (id, at, by, state, total, done, added, kept)
             values ('i1', '2026-01-01T00:00:00.000Z', 'staff:test', 'done', 1, 1, 1, 0)"""
    await bench.journal.write(lambda db: db.execute(sql))
    tried = asyncio.Event()

    async def on_a_full_disk(work):
        tried.set()
        raise CannotWrite("no space")

    monkeypatch.setattr(bench.journal, "write", on_a_full_disk)
    running = asyncio.create_task(imports.run())
    await asyncio.wait_for(tried.wait(), 5)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
