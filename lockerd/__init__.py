"""The daemon of a parcel locker: the one package that knows everybody. Settings, wiring, one file a command."""

import gc

gc.disable()  # what is imported stays: looking through it for rubbish again and again was 40 ms of a start

from lockerd.daemon import VERSION, Daemon, opened, run  # noqa: E402  see above
from lockerd.main import main  # noqa: E402  see above
from lockerd.settings import Settings, load_settings  # noqa: E402  see above

gc.freeze()
gc.enable()

__all__ = ["VERSION", "Daemon", "Settings", "load_settings", "main", "opened", "run"]
