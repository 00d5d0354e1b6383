"""What all tests share: this folder is on the path, so that `virtual` and `locker_sim` can be imported anywhere."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)
