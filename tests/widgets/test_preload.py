"""The imports that a spare kernel makes ahead of a page."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from sda_widgets import preload
preload.preload()
before = set(sys.modules)
assert not os.path.exists(os.environ["SDA_HOME"])
import sda_widgets
sda_widgets.studio().close()
late = sorted(name for name in set(sys.modules) - before if name.split(".")[0] in ("sda_lib", "sda_widgets", "torch"))
print(*late)
"""


@pytest.mark.slow
def test_a_page_imports_nothing_more_and_the_data_folder_is_untouched(tmp_path):
    environment = {**os.environ, "SDA_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
