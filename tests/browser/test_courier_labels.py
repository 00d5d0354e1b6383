"""What a label says, and what a courier answers before a door opens, at a real touchscreen."""

from __future__ import annotations

from test_courier_takes import sign_in

SCAN4TRANSPORT = "]C1(00)395011015300012342(4301)Wang+Ming(4303)Flat+1203(4308)+8613800000001"


def test_REC_05_REC_06_a_label_names_its_carrier_and_whom_it_is_for(screen, cabinet):
    sign_in(screen)
    cabinet.scan("YT1234567890123")
    screen.see_title("Is this parcel from SF Express?")
    screen.look("31-other-carrier")
    screen.press("back")
    screen.see_title("Scan the label")
    cabinet.scan(SCAN4TRANSPORT)
    screen.see_title("Which size fits?")
    screen.press("back")
    screen.see_title("Who is it for?")
    screen.keys("1208")
    screen.see_title("agree to the locker")
    screen.press("noanswer")
    screen.see_title("No answer")
    screen.look("32-no-answer")
    screen.press("again")
    screen.see_title("agree to the locker")
    screen.look("33-called")
    screen.press("noconsent")
    screen.see_title("Deliver this one")
    screen.press("next")
    screen.see_title("Scan the label")
