"""The spare kernel of a server of pages: who gets it, with which environment, and when there is none."""

import asyncio
import os
import subprocess
import sys
import types

import psutil
import pytest
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from sda_widgets import page_kernels
from sda_widgets.page_kernels import PageKernels

PLENTY = types.SimpleNamespace(available=64 * 2**30)


class Kernel:
    """A kernel's manager, and the connection to it, which keep what is executed."""

    def __init__(self, environment):
        self.environment, self.executed, self.is_there, self.last_activity = environment, [], True, None

    def client(self):
        return self

    def start_channels(self, **_):
        pass

    def stop_channels(self):
        pass

    def execute(self, code, **_):
        self.executed.append(code)

    async def is_alive(self):
        return self.is_there


@pytest.fixture
def kernels(monkeypatch, run_apart):
    """A server's kernels, none of which is a process; the machine is idle and has memory."""

    async def start_kernel(self, *, kernel_name=None, path=None, env=None):
        name = f"kernel-{next(self.numbers)}"
        self._kernels[name] = Kernel(env)
        return name

    async def shutdown_kernel(self, kernel_id):
        self._kernels.pop(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start_kernel)
    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_kernel", shutdown_kernel)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: PLENTY)
    monkeypatch.setattr(psutil, "cpu_percent", lambda: 0.0)
    made = PageKernels(spare_delay=0.01)
    made.numbers = iter(range(100))
    made.run_apart = run_apart
    return made


def with_spare(kernels, act):
    """Do something after a spare kernel was made; return what comes of it."""

    async def run():
        kernels.make_spare(None, "folder")
        await kernels._making
        return await act()

    return kernels.run_apart(run())


async def page(kernels, path="folder", **environment):
    return await kernels.start_kernel(kernel_name="python3", path=path, env={**os.environ, **environment})


def test_a_page_takes_the_spare_kernel_with_what_its_request_adds_to_the_environment(kernels):
    async def act():
        taken = await page(kernels, SCRIPT_NAME="/it's here")
        kernel = kernels.get_kernel(taken)
        again = kernels._making
        await again
        return taken, kernel, kernels._spare.kernel_id

    taken, kernel, following = with_spare(kernels, act)
    assert (taken, following) == ("kernel-0", "kernel-1")
    imports, settings = kernel.executed
    assert imports == page_kernels.IMPORTS
    shown = subprocess.run(
        [sys.executable, "-c", settings + "; print(os.environ['SCRIPT_NAME'])"], capture_output=True, text=True
    ).stdout
    assert shown == "/it's here\n"
    assert kernel.last_activity is not None


@pytest.mark.parametrize("path", ["elsewhere", None])
def test_a_page_of_another_folder_gets_a_kernel_of_its_own(kernels, path):
    assert with_spare(kernels, lambda: page(kernels, path)) == "kernel-1"


def test_a_spare_kernel_that_died_is_given_to_nobody_and_replaced(kernels):
    async def act():
        spare = kernels._spare.kernel_id
        kernels.get_kernel(spare).is_there = False
        taken = await page(kernels)
        kernels._making.cancel()
        kernels._making = None
        kernels.remove_kernel(spare)
        assert kernels._spare is None
        await kernels._making
        return taken, kernels._spare.kernel_id

    assert with_spare(kernels, act) == ("kernel-1", "kernel-2")


def test_pages_opened_at_once_get_kernels_of_their_own(kernels):
    async def act():
        return await asyncio.gather(*(page(kernels) for _ in range(3)))

    assert sorted(with_spare(kernels, act)) == ["kernel-0", "kernel-1", "kernel-2"]


def test_another_page_puts_the_next_spare_kernel_off(kernels):
    async def run():
        await page(kernels)
        first = kernels._making
        await asyncio.sleep(0)
        await page(kernels)
        await asyncio.gather(first, kernels._making, return_exceptions=True)
        return first.cancelled(), kernels._spare.kernel_id

    assert kernels.run_apart(run()) == (True, "kernel-2")


def test_a_page_that_is_opened_while_the_spare_kernel_starts_takes_it(kernels):
    async def run():
        kernels.make_spare(None, "folder")
        await asyncio.sleep(0)
        return await page(kernels)

    assert kernels.run_apart(run()) == "kernel-0"


def test_a_spare_kernel_is_no_page_and_is_not_ended_for_being_idle(kernels, monkeypatch):
    ended = []

    async def cull(self, kernel_id):
        ended.append(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "cull_kernel_if_idle", cull)

    async def act():
        assert kernels.page_count == 0
        spare = kernels._spare.kernel_id
        await kernels.cull_kernel_if_idle(spare)
        await page(kernels)
        assert kernels.page_count == 1
        await kernels.cull_kernel_if_idle(spare)
        return spare

    assert with_spare(kernels, act) == ended[0]
    assert len(ended) == 1


def test_a_spare_kernel_ends_with_the_server_and_none_follows(kernels, monkeypatch):
    async def shutdown_all(self):
        for kernel_id in list(self._kernels):
            await self.shutdown_kernel(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_all", shutdown_all)

    async def act():
        await kernels.shutdown_all()
        kernels.make_spare(None, "folder")
        await asyncio.sleep(0.05)
        return kernels.list_kernel_ids(), kernels._spare

    assert with_spare(kernels, act) == ([], None)


@pytest.mark.parametrize("settings", [{"keeps_spare": False}, {"most_pages": 1}])
def test_no_spare_kernel_where_none_is_wanted_or_where_pages_take_all_places(kernels, settings):
    async def run():
        await page(kernels)
        for name, value in settings.items():
            setattr(kernels, name, value)
        if kernels._making:
            await kernels._making
        return kernels._spare

    kernels.set_trait("keeps_spare", settings.get("keeps_spare", True))
    assert kernels.run_apart(run()) is None


def test_no_spare_kernel_while_memory_is_short(kernels, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: types.SimpleNamespace(available=2**30))

    async def act():
        return kernels._spare

    assert with_spare(kernels, act) is None


@pytest.mark.parametrize(("busy", "looks"), [(3, 4), (1000, 11)])
def test_the_next_spare_kernel_waits_for_an_idle_machine_but_not_for_ever(monkeypatch, run_apart, busy, looks):
    shares, waits = iter([0.0] + [90.0] * busy + [5.0]), []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(psutil, "cpu_percent", lambda: next(shares))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    run_apart(page_kernels._rest(8.0))
    assert (waits[0], len(waits)) == (8.0, looks)
