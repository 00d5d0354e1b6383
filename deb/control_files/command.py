#!/usr/bin/python3 -I
"""Start lockerd or locker-sim, by the name of this file, with the packages beside it ahead of the system's.

Behind ours stays what Debian brings: libcamera and picamera2, which no wheel has, with their numpy.
"""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
OWN = HOME / "lib" / f"python3.{sys.version_info.minor}"
if not OWN.is_dir():
    sys.exit(f"lockerd was not packaged for this Python, {sys.version.split()[0]}: {OWN} is missing")
PLACES = [str(HOME), str(OWN), str(HOME / "lib" / "common")]
sys.path[:0] = PLACES
# The child that looks at pictures is a Python of its own.
os.environ["PYTHONPATH"] = os.pathsep.join(PLACES)

if Path(sys.argv[0]).name == "locker-sim":
    from simulator.__main__ import main
else:
    from lockerd import main

sys.exit(main())
