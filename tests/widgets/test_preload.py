"""The imports that a spare kernel makes ahead of a page."""

import os
import shutil
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from sda_widgets import preload
preload.preload()
before = set(sys.modules)
assert os.listdir(os.environ["SDA_HOME"]) == ["models"]
import sda_widgets
sda_widgets.studio().close()
late = [name for name in set(sys.modules) - before if name.split(".")[0] in ("sda_lib", "sda_widgets")]
print(*sorted(late), *{"torch", "ipywidgets", "bqplot"} - before)
"""


@pytest.mark.slow
def test_a_page_imports_nothing_more_and_the_data_folder_is_untouched(tmp_path, tiny_model_path):
    (tmp_path / "home/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, tmp_path / "home/models/tiny.sda")
    environment = {**os.environ, "SDA_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
