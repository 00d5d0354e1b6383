"""Labels as scanners and cameras read them: which of the codes is the parcel's number, and how it is printed."""

import string

import biip
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from locker.labels import (
    check_digit_doubts,
    cleaned_scan,
    gs1,
    is_pickup_token,
    pickup_token,
    printed_tracking,
    tracking_number,
)
from locker.labels.check_digits import (
    fits_deutsche_post,
    fits_dhl_express,
    fits_fedex_express,
    fits_gs1,
    fits_s10,
    fits_ups,
)

TOKEN = "PL1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SF = "SF1329884027716"
SSCC = "095287654321012346"
GS = "\x1d"


@pytest.mark.parametrize("aim", ["]C0", "]C1", "]Q1", "]Q3", "]d1", "]d2", "]L2", "]z0", "]I0", ""])
def test_REC_04_an_aim_identifier_belongs_to_the_scanner(aim):
    assert tracking_number(aim + SF) == SF
    assert printed_tracking(aim + SF) == SF
    assert pickup_token(aim + TOKEN) == TOKEN


@pytest.mark.parametrize(
    "scan",
    [
        *("BEGIN:VCARD", "BEGIN:VCARD\nFN:Li Na\nTEL:13800000001\nNOTE:x\n1234567890123\nEND:VCARD", "END:VCARD"),
        *("https://t.example/SF1329884027716", "HTTP://T.EXAMPLE/1", "www.example.com/12345", "example.com/a1234"),
        *("WIFI:S:net;T:WPA;P:12345678;;", "MECARD:N:Li;TEL:13800000001;;", "mailto:a1@example.org", "tel:13800000001"),
        *("1", "12", "A1", "HELLO", "Hello there 1", "", " ", "\x00\x02", "\u200b\u00ad", "王明", "----", "{}", "[)>"),
        "Li Na\n12 River Road\n13800000001",
    ],
)
def test_REC_04_a_card_a_link_and_a_scrap_are_no_parcel_number(scan):
    assert tracking_number(scan) is None
    assert pickup_token(scan) is None


@pytest.mark.parametrize(
    "code",
    [
        *("42090210", "420902101234", "]C142090210", f"]C1{GS}42090210", "4218402012", "2LDE53113+10000000"),
        *("2LGB9999999+70000001", "]C14032+DEMO+1234", "]I012345678901239", "]U0841706672\x1d840\x1d001"),
        *("6901234567892", "9780306406157", "036000291452", "96385074", "10012345678902", "]E06901234567892"),
        *("]e0011234567890123", f"]d20109501101530003172712312110ABC{GS}21X1", "(01)09501101530003(21)12345678"),
    ],
)
def test_REC_04_a_code_for_routing_or_for_goods_is_not_the_parcels_number(code):
    if code == "]I012345678901239":
        code = "]I0" + next(f"1234567890123{n}" for n in range(10) if fits_deutsche_post(f"1234567890123{n}"))
    assert tracking_number(code) is None
    beside = code if code.startswith("]") else "]C0" + code
    assert tracking_number(f"{beside}\n]C0{SF}") == SF
    assert tracking_number(f"]C0{SF}\n{beside}") == SF


def test_REC_04_of_all_codes_in_view_the_parcels_number_wins():
    assert tracking_number(f"]Q1https://x.example/1\n]C0021-W12\n]C0{SF}") == SF
    assert tracking_number(f"]C0{SF}\n]C0AB-1234567890123456789") == SF
    assert tracking_number("]C0021-W12\n]C0XY99000111222") == "XY99000111222"
    assert tracking_number(f"]Q1{TOKEN}\n]C0{SF}") == SF
    assert tracking_number("]Q1RB123456785GB\n]C077123456789012") == "RB123456785GB"


def test_REC_04_a_qr_of_several_lines_is_one_scan_and_a_known_number_in_it_counts():
    assert tracking_number(f"]Q1Li Na\r\n12 River Road\r\n{SF}\r\n") == SF
    assert tracking_number(f"{SF}\n1\n021-W12") == SF
    assert tracking_number("MMM={'k1':'755W','k2':'','k5':'SF1329884027716','k6':'','k7':'1'}") == SF


@pytest.mark.parametrize(
    ("scanned", "printed"),
    [
        ("420221539101026837331000039521", "9101 0268 3733 1000 0395 21"),
        ("4201002334249200190132607600833457", "9200 1901 3260 7600 8334 57"),
        ("4201028200009261290113185417468510", "9261 2901 1318 5417 4685 10"),
        (
            "4201028292349261290113185417468510",
            "9261 2901 1318 5417 4685 10",
        ),  # the postcode's end looks like a number's
        (f"]C142090210{GS}9400111899223100000000", "9400 1118 9922 3100 0000 00"),
        ("]C1420902109205590164917312751089", "9205590164917312751089"),
        (f"]C100{SSCC}{GS}42090210", f"(00){SSCC}"),
        (f"]d200{SSCC}", f"00{SSCC}"),
        ("1001921334250001000300779017972697", "7790 1797 2697"),
        ("9622001560000000000000794808390594", "7948 0839 0594"),
        ("9611020987654312345672", "9876 5431 2345 672"),
        ("JJD000390007883450862", "JD000390007883450862"),
        ("JDVA00123456789-1-1-", "jdva 0012 3456 789"),
        ("]d2019931265099999891JDQ0123450100093", "JDQ0123450100093"),
    ],
)
def test_REC_04_what_is_scanned_and_what_is_typed_from_the_label_are_one_parcel(scanned, printed):
    assert tracking_number(scanned) == tracking_number(printed) is not None
    assert printed_tracking(scanned).replace(" ", "").upper() == tracking_number(printed)


def test_two_pieces_of_one_shipment_stay_two_parcels():
    assert tracking_number("JDVA00123456789-1-2-") != tracking_number("JDVA00123456789-2-2-")


@given(st.text(max_size=60))
def test_SEC_a_token_is_never_a_parcel_number_and_a_number_never_a_token(text):
    for scan in (text, TOKEN + text, text + "\n" + TOKEN):
        number = tracking_number(scan)
        assert number is None or (not is_pickup_token(number) and not is_pickup_token(printed_tracking(number)))
        token = pickup_token(scan)
        assert token is None or (tracking_number(token) is None and printed_tracking(token) == "")


SCANS = st.text(alphabet=string.ascii_uppercase[:6] + string.digits + " ]C1Q-.:/\n\x1d\u200b()+", max_size=50)


@given(SCANS)
def test_what_is_clean_stays_clean_and_a_number_is_its_own_number(text):
    assert cleaned_scan(cleaned_scan(text)) == cleaned_scan(text)
    number = tracking_number(text)
    if number is not None:
        assert number == number.strip().upper()
        assert tracking_number(number) == number
        assert printed_tracking(number) == number


@pytest.mark.parametrize(
    ("fits", "good", "bad"),
    [
        (fits_s10, ("RB123456785GB", "LX000000005CN"), ("RB123456786US", "RB12345678GB", "RB0000000001GB")),
        (fits_ups, ("1Z5R89390357567127", "1Z879E930346834440"), ("1Z5R89390357567128", "1Z5R8939035756712")),
        (fits_dhl_express, ("3318810025", "8487135506"), ("3318810026", "331881002", "0000000000")),
        (fits_gs1, (SSCC, "9101026837331000039521"), ("095287654321012347", "0000", "", "x")),
        (fits_fedex_express, ("986578788855", "00790695517286"), ("996578788855", "000000000000")),
    ],
)
def test_REC_04_check_digits_of_carriers(fits, good, bad):
    assert [one for one in good if not fits(one)] == []
    assert [one for one in bad if fits(one)] == []


@given(st.integers(0, 17), st.sampled_from(string.digits))
def test_REC_04_one_wrong_digit_of_a_unit_of_transport_never_fits(place, digit):
    assume(digit != SSCC[place])
    assert not fits_gs1(SSCC[:place] + digit + SSCC[place + 1 :])


def with_check_digit(digits):
    return digits + next(digit for digit in string.digits if fits_gs1(digits + digit))


DIGITS = string.digits
IN_OWN_IDENTIFIERS = ["10", "21", "401", "403", "4300", "4301", "4302", "91", "99"]


def checked(digits):
    bare = st.text(DIGITS, min_size=digits - 1, max_size=digits - 1).filter(lambda drawn: drawn.strip("0"))
    return bare.map(with_check_digit)


def digits(shortest, longest):
    return st.text(DIGITS, min_size=shortest, max_size=longest)


VALUES = st.one_of(
    st.tuples(st.just("00"), checked(18)),
    st.tuples(st.sampled_from(["01", "02"]), checked(14)),
    st.tuples(st.sampled_from(IN_OWN_IDENTIFIERS), st.text(string.ascii_letters + DIGITS, min_size=1, max_size=20)),
    st.tuples(st.just("420"), digits(5, 9)),
    st.tuples(st.just("4307"), st.sampled_from(["DE", "AU", "CN"])),
    st.tuples(st.just("4308"), digits(6, 15)),
    st.tuples(st.sampled_from(["4321", "4322", "4323"]), st.sampled_from(["0", "1"])),
    st.tuples(st.just("3302"), digits(6, 6)),
    st.tuples(st.just("37"), digits(1, 8)),
)


@given(st.lists(VALUES, min_size=1, max_size=6, unique_by=lambda one: one[0]))
def test_REC_04_element_strings_are_cut_as_another_library_cuts_them(wanted):
    text = GS.join(identifier + value for identifier, value in wanted)
    read = biip.parse("]C1" + text)
    assume(read.gs1_message is not None)
    theirs = [(one.ai.ai, one.value) for one in read.gs1_message.element_strings]
    assert [tuple(one) for one in gs1.elements(text)] == theirs == wanted
    bracketed = "".join(f"({identifier}){value}" for identifier, value in wanted)
    assert [tuple(one) for one in gs1.elements(bracketed)] == wanted


@given(st.text(alphabet=DIGITS + GS + "AB()+", max_size=40))
def test_any_text_is_an_element_string_or_none(text):
    parts = gs1.elements(text)
    assert all(part.identifier.isdigit() for part in parts)


@pytest.mark.parametrize("number", ["RB123456784GB", "1Z999AA10123456785", "00395011015300012346"])
def test_REC_04_a_number_whose_check_digit_does_not_fit_is_in_doubt(number):
    assert check_digit_doubts(number)


@pytest.mark.parametrize("number", ["RB123456785GB", "1Z999AA10123456784", "SF1329884027716", "JD0042", "3950"])
def test_a_number_that_fits_or_has_no_check_digit_is_in_no_doubt(number):
    assert not check_digit_doubts(number)
