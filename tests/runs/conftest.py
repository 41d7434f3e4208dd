"""What tests of real runs share lies in `watching.py` beside this, which they import by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
