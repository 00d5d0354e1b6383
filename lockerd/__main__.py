"""`python -m lockerd`."""

import sys

from lockerd.main import main

sys.exit(main())
