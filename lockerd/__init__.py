"""The daemon of a parcel locker: the one package that knows everybody. Settings, wiring, one file a command."""

from lockerd.daemon import VERSION, Daemon, opened, run
from lockerd.main import main
from lockerd.settings import Settings, load_settings

__all__ = ["VERSION", "Daemon", "Settings", "load_settings", "main", "opened", "run"]
