"""A compartment in each of its uses."""


def free(play):
    return "A1"


def filling(play):
    return play.place(play.deposit())


def filling_opened(play):
    name = filling(play)
    play.see(**{name: "open"})
    return name


def loaded(play):
    return play.place(play.stored())


def emptying(play):
    return play.place(play.collecting())


def grace(play):
    return play.place(play.collected())


def check(play):
    play.see(A1="open")
    play.see(A1="shut")
    return "A1"


def retired(play):
    play.retire("A1")
    return "A1"


USES = {"free": free, "filling": filling, "loaded": loaded, "emptying": emptying, "check": check, "retired": retired}
