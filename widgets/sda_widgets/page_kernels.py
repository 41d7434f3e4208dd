"""Kernels of the pages, and a spare one: a process that has imported what a page needs, for the next page to take.

The spare has executed none of the notebook, opened no model and taken no lock. It has the environment and the folder
of a page; what belongs to one request is set when a page takes it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Bool, Float, Int

# Executed in a spare kernel: the imports of a page.
IMPORTS = "from sda_widgets import preload; preload.preload()"
# Executed in a kernel that a page takes, before its notebook.
SETTINGS = "import os; os.environ.update({settings!r})"
# Megabytes of memory that are free before a spare kernel is made; it takes some 300 of them.
ROOM = 1500
# Share of the machine's cores in use, in percent, below which it is idle; seconds between two looks, and until a spare
# kernel is made on a machine that is never idle.
IDLE, LOOK, LONGEST = 40.0, 2.0, 20.0
# Seconds after which the connection to a kernel that was taken is closed; what it has sent has arrived by then.
SENT = 60.0


@dataclass(frozen=True)
class Spare:
    """A kernel that no page has: its id, what it was started with, and a connection to it."""

    kernel_id: str
    kernel_name: str
    path: str | None
    environment: Mapping[str, str]
    client: Any  # jupyter_client's AsyncKernelClient


class PageKernels(AsyncMappingKernelManager):
    """The kernels of a server of pages, one of them spare as long as there is room."""

    keeps_spare = Bool(True, config=True, help="Keep one kernel started for the next page.")
    most_pages = Int(0, config=True, help="Pages that may be open at once; 0 for any number. A spare kernel is one.")
    spare_delay = Float(8.0, config=True, help="Seconds from the start of a page to that of the next spare kernel.")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._spare: Spare | None = None
        self._making: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()  # a page that is opened meanwhile waits for the spare kernel, and takes it

    @property
    def page_count(self) -> int:
        """How many pages have a kernel."""
        return len(self.list_kernel_ids()) - (self._spare is not None)

    async def start_kernel(  # type: ignore[override]
        self, *, kernel_name: str | None = None, path: Any = None, env: dict[str, str] | None = None, **options: Any
    ) -> str:
        """Return the id of a kernel for a page: of the spare one if it is like the one that is asked for."""
        taken = await self._take(kernel_name, path, env or {}) if not options else None
        if taken is None:
            taken = await super().start_kernel(kernel_name=kernel_name, path=path, env=env, **options)
        self.make_spare(kernel_name, path, self.spare_delay)
        return taken

    def make_spare(self, kernel_name: str | None, path: str | None, delay: float = 0.0) -> None:
        """Start a spare kernel after this many seconds, when the machine is idle. With a delay of 0 at once.

        Where one is due already it is put off, so that it does not start while the next page opens.
        """
        if self._making is not None and not self._starting.locked():
            self._making.cancel()
        if self.keeps_spare and not self._starting.locked():
            self._making = asyncio.get_running_loop().create_task(self._make(kernel_name, path, delay))

    async def shutdown_kernel(  # type: ignore[override]
        self, kernel_id: str, *options: Any, **named: Any
    ) -> None:
        """End a kernel; a spare one is no longer spare."""
        self._forget(kernel_id)
        await super().shutdown_kernel(kernel_id, *options, **named)

    async def shutdown_all(self, *options: Any, **named: Any) -> None:  # type: ignore[override]
        """End all kernels, and make none any more."""
        self.keeps_spare = False
        if self._making is not None:
            self._making.cancel()
        await super().shutdown_all(*options, **named)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Drop a kernel that has ended. A spare one is made again, later, since memory may be short."""
        spare = self._forget(kernel_id)
        if spare is not None:
            self.make_spare(spare.kernel_name, spare.path, 10 * self.spare_delay)
        return super().remove_kernel(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End the kernel of a page that is gone; a spare kernel waits for as long as it takes."""
        if self._spare is None or kernel_id != self._spare.kernel_id:
            await super().cull_kernel_if_idle(kernel_id)

    async def _make(self, kernel_name: str | None, path: str | None, delay: float) -> None:
        if delay:
            await _rest(delay)
        async with self._starting:
            if self._spare is None and self._has_room():
                self._spare = await self._start(kernel_name, path)

    async def _start(self, kernel_name: str | None, path: Any) -> Spare:
        """Return a new kernel that imports what a page needs."""
        environment = dict(os.environ)
        kernel_id = await super().start_kernel(kernel_name=kernel_name, path=path, env=dict(environment))
        client = self.get_kernel(kernel_id).client()
        client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        client.execute(IMPORTS, silent=True, store_history=False)
        return Spare(kernel_id, kernel_name or self.default_kernel_name, path, environment, client)

    def _has_room(self) -> bool:
        """Return whether memory and the number of pages admit one more kernel."""
        admits = not self.most_pages or self.page_count < self.most_pages
        return admits and psutil.virtual_memory().available > ROOM * 2**20

    async def _take(self, kernel_name: str | None, path: str | None, environment: Mapping[str, str]) -> str | None:
        """Give the spare kernel away, with the environment of a page; None if there is none like that."""
        async with self._starting:
            spare = self._spare
            if spare is None or (spare.kernel_name, spare.path) != (kernel_name, path):
                return None
            kernel: Any = self.get_kernel(spare.kernel_id)
            if not await kernel.is_alive():
                return None
            settings = {name: value for name, value in environment.items() if spare.environment.get(name) != value}
            # Executed before the notebook, which needs an answer of the kernel first.
            spare.client.execute(SETTINGS.format(settings=settings), silent=True, store_history=False)
            asyncio.get_running_loop().call_later(SENT, spare.client.stop_channels)
            kernel.last_activity = utcnow()  # from now on it can be idle for too long
            self._spare = None
        return spare.kernel_id

    def _forget(self, kernel_id: str) -> Spare | None:
        """Return the spare kernel if it has this id; it is no longer spare."""
        spare = self._spare
        if spare is None or spare.kernel_id != kernel_id:
            return None
        self._spare = None
        spare.client.stop_channels()
        return spare


async def _rest(delay: float) -> None:
    """Wait this many seconds, and then until the machine is idle, but not for ever."""
    psutil.cpu_percent()  # the next call measures from here
    await asyncio.sleep(delay)
    for _ in range(round(LONGEST / LOOK)):
        if psutil.cpu_percent() < IDLE:
            return
        await asyncio.sleep(LOOK)
