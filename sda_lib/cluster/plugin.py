"""What Dask runs on every worker, also on those that join or restart later: it gives them the shared files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from distributed import Worker, WorkerPlugin

from sda_lib.cluster.shared import drop_place, set_place, use_folder
from sda_lib.files import write_atomically


class SharedFiles(WorkerPlugin):
    """Files of the caller for every worker.

    Args:
        name: what tasks find them by (`shared_path`).
        path: the file or folder itself, where workers see the caller's disk; else its name.
        contents: bytes by path below `path`, "" for a file itself; None where workers see the caller's disk.
    """

    def __init__(self, name: str, path: Path, contents: Mapping[str, bytes] | None) -> None:
        self.name = name
        self.path = path
        self.contents = contents

    def setup(self, worker: Worker) -> None:
        """Give the worker the files."""
        use_folder(Path(worker.local_directory))
        set_place(self.name, self.path if self.contents is None else self._unpacked(worker, self.contents))

    def teardown(self, worker: Worker) -> None:
        """Delete the copies."""
        drop_place(self.name)
        if self.contents is not None:
            shutil.rmtree(self._folder(worker), ignore_errors=True)

    def _folder(self, worker: Worker) -> Path:
        return Path(worker.local_directory) / self.name

    def _unpacked(self, worker: Worker, contents: Mapping[str, bytes]) -> Path:
        path = self._folder(worker) / self.path.name
        for below, content in contents.items():
            write_atomically(path / below if below else path, content)
        return path
