"""Whose parcel a number is, and what a carrier's 2D code says beside it."""

import pytest

from locker.labels import Carrier, carrier_named, carriers_of, number_doubts, other_carrier, transport_label

SCAN4TRANSPORT = "(00)395011015300012342(4301)Wang+Ming(4302)River+Road+12(4303)Flat+1203(4308)+8613800000001"


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("SF1329884027716", Carrier.SF),
        ("JDVA12345678901", Carrier.JD),
        ("JD014600003889300000", Carrier.DHL),
        ("YT1234567890123", Carrier.YTO),
        ("JT1234567890123", Carrier.JT),
        ("DPK123456789012", Carrier.DEPPON),
        ("73123456789012", Carrier.ZTO),
        ("773012345678901", Carrier.STO),
        ("312345678901234", Carrier.YUNDA),
        ("9812345678901", Carrier.POST),
        ("EA123456785CN", Carrier.POST),
        ("1Z999AA10123456784", Carrier.UPS),
    ],
)
def test_REC_05_a_carrier_is_guessed_from_its_number(number, carrier):
    assert carriers_of(number)[0] is carrier


@pytest.mark.parametrize(
    ("company", "carrier"),
    [
        ("SF Express", Carrier.SF),
        ("顺丰速运", Carrier.SF),
        ("順豐速運", Carrier.SF),
        ("京东物流", Carrier.JD),
        ("Yunda", Carrier.YUNDA),
        ("Corner Couriers", None),
    ],
)
def test_a_company_is_known_by_its_name_in_any_language(company, carrier):
    assert carrier_named(company) is carrier


def test_REC_05_only_a_sure_guess_against_a_known_company_warns():
    assert other_carrier("SF1329884027716", "JD Logistics") is Carrier.SF
    assert other_carrier("SF1329884027716", "顺丰速运") is None
    assert other_carrier("SF1329884027716", "Corner Couriers") is None, "who works for several is not asked each time"
    assert other_carrier("73123456789012", "JD Logistics") is None, "bare digits only confirm"


def test_REC_05_the_check_digit_of_DHL_is_looked_at_for_DHL_alone():
    assert number_doubts("1234567890", "DHL Express")
    assert not number_doubts("1234567890", "SF Express")
    assert number_doubts("RB123456784GB", "SF Express")


def test_REC_06_the_fields_of_Scan4Transport_name_the_recipient_and_what_was_agreed():
    label = transport_label(SCAN4TRANSPORT + "(4321)0(4322)1(4323)1(3302)000250")
    assert (label.name, label.phone) == ("Wang Ming", "+8613800000001")
    assert "1203" in label.units
    assert (label.dangerous, label.leave, label.signature, label.weight_g) == (False, True, True, 2500)


def test_a_code_without_fields_of_transport_is_none():
    assert transport_label("SF1329884027716") is None
    assert transport_label("(00)395011015300012342") is None
