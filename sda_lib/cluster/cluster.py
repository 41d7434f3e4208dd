"""A cluster for tasks: worker processes on this computer, or those of a Dask scheduler on any machine.

Dask is an extra and loads when a cluster is opened. What tasks need is sent to every worker once (`Cluster.share`).
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sda_lib import __version__
from sda_lib.cluster.shared import new_name
from sda_lib.decoder_version import DECODER_VERSION
from sda_lib.errors import SdaError
from sda_lib.file_names import printable, size_in_words

if TYPE_CHECKING:
    from distributed import Client

    from sda_lib.audio.corpus import Corpus

# The word for a cluster on this computer in place of an address.
LOCAL = "local"
ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?[\w.\-]+:\d{1,5}|((tcp|tls|ws|wss)://)?\[[0-9a-fA-F:.%\w]+\]:\d{1,5}")
# How long a scheduler, and its first worker, are waited for, in seconds.
CONNECT_SECONDS, FIRST_WORKER_SECONDS = 10.0, 10.0
# Most bytes of the first message of a scheduler; other programs begin with text, which is a large number.
LONGEST_GREETING = 1 << 20
# Most bytes that are sent to every worker.
MOST_SHARED = 2_000_000_000


@dataclass(frozen=True, eq=False)
class Cluster:
    """An open cluster.

    `size` is the number of its workers when it was opened, `address` that of its scheduler, empty for a cluster of this
    computer.
    """

    client: Client
    size: int
    address: str = ""

    @property
    def is_local(self) -> bool:
        """Whether its workers see this computer's files and end with this process."""
        return not self.address

    @property
    def words(self) -> str:
        """The cluster in words, for messages."""
        return f"the scheduler at {self.address}" if self.address else "the cluster on this computer"

    @property
    def where(self) -> str:
        """The same at the beginning of a sentence."""
        return f"{self.words[0].upper()}{self.words[1:]}"

    def workers(self) -> int:
        """Return how many workers there are now."""
        return int(self.client.scheduler_info(n_workers=0)["n_workers"])

    @contextlib.contextmanager
    def share(self, path: Path, files: tuple[Path, ...] = ()) -> Iterator[str]:
        """Give every worker a file, or these files of a folder, and yield the name for `shared_path`.

        A worker gets them once, also one that joins later. Raises SdaError for files that can't be read, and for more
        than MOST_SHARED bytes.
        """
        from sda_lib.cluster.plugin import SharedFiles
        from sda_lib.cluster.problems import explained

        path, name = path.absolute(), new_name()
        with explained(self.words):
            contents = None if self.is_local else _contents(path, files)
            self.client.register_plugin(SharedFiles(name, path, contents))
        try:
            yield name
        finally:
            if not self.is_local:  # the workers of a local cluster end anyway
                with contextlib.suppress(Exception):  # the scheduler may be gone
                    self.client.unregister_worker_plugin(name)

    def share_corpus(self, corpus: Corpus) -> contextlib.AbstractContextManager[str]:
        """Give every worker the folder of a corpus with its usable files. Yields and raises as `share` does."""
        return self.share(corpus.folder, tuple(item.path for item in corpus.items))


@contextlib.contextmanager
def open_cluster(workers: int = 1, scheduler: str = "") -> Iterator[Cluster]:
    """Open a cluster, and close it on exit.

    Args:
        workers: number of processes of a cluster on this computer.
        scheduler: address of a scheduler, e.g. "tcp://10.0.0.5:8786"; "" or "local" starts processes on this computer.

    Raises SdaError where Dask is missing, for an address that is none, for a scheduler that doesn't answer or has no
    workers, and for workers with another version of SDA.
    """
    check_address(scheduler)
    check_installed()
    if scheduler in ("", LOCAL):
        from sda_lib.cluster.local import local_client

        with local_client(workers) as client:
            yield Cluster(client, workers)
    else:
        with _connected(scheduler) as client:
            yield Cluster(client, _checked_workers(client, scheduler), scheduler)


def check_address(scheduler: str) -> None:
    """Raise SdaError for an address that can't be one."""
    if scheduler not in ("", LOCAL) and not ADDRESS.fullmatch(scheduler):
        raise SdaError(
            f"{printable(scheduler)!r} is no address of a scheduler; write it like tcp://10.0.0.5:8786, or {LOCAL}."
        )


def check_installed() -> None:
    """Raise SdaError where Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise SdaError(
            "Work on several machines needs Dask, which is not installed; install it with: pip install 'sda[cluster]'"
        ) from error


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Client]:
    """Connect to a scheduler. Raises SdaError where it doesn't answer."""
    import warnings

    from distributed import Client

    from sda_lib.cluster.local import quiet

    missing = f"There is no scheduler at {address}; start one there with `dask scheduler`, or check the address."
    if not _answers(address):
        raise SdaError(missing)
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own words on versions; `_checked_workers` has a sentence
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise SdaError(missing) from error
        with client:
            yield client


def _answers(address: str) -> bool:
    """Return whether a scheduler talks at an address: Dask's client waits forever for other programs.

    A scheduler speaks first, and begins with the length of its greeting; what is encrypted waits for the client.
    """
    kind, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS) as talk:
            head = talk.recv(8, socket.MSG_WAITALL) if kind in ("", "tcp") else bytes(8)
            return len(head) == 8 and int.from_bytes(head, "little") < LONGEST_GREETING
    except (OSError, OverflowError):
        return False


def _checked_workers(client: Client, address: str) -> int:
    """Return the number of workers. Raises SdaError where there are none, and for other versions than here."""
    from sda_lib.cluster.problems import explained

    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
    except TimeoutError as error:
        raise SdaError(
            f"The scheduler at {address} has no workers; start some with: dask worker {address} --nthreads 1"
        ) from error
    with explained(f"the scheduler at {address}"):
        _check_dask(client.get_versions(), address)
        found = client.run(versions)
    for place, theirs in found.items():
        for package, mine in versions().items():
            if theirs.get(package) != mine:
                raise SdaError(
                    f"The worker {place} has {package} {theirs.get(package)}, this computer {mine}; install the same."
                )
    return len(found)


def _check_dask(found: Any, address: str) -> None:
    """Raise SdaError where the scheduler or a worker has another version of Dask; `found` is Dask's own list."""
    mine = _dask_version(found["client"])
    places = {f"the scheduler at {address}": found["scheduler"], **found["workers"]}
    for place, theirs in places.items():
        if theirs is not None and _dask_version(theirs) != mine:
            raise SdaError(f"Dask is {_dask_version(theirs)} on {place}, and {mine} here; install the same.")


def _dask_version(facts: dict[str, Any]) -> str:
    return str(dict(facts["packages"]).get("distributed"))


def versions() -> dict[str, str]:
    """Return what has to be the same on all machines, by name."""
    return {"SDA": __version__, "the decoder of version": str(DECODER_VERSION)}


def _contents(path: Path, files: tuple[Path, ...]) -> dict[str, bytes]:
    """Read a file, or files of a folder, by their paths below it. Raises SdaError and OSError."""
    found = files or (path,)
    size = sum(file.stat().st_size for file in found)
    if size > MOST_SHARED:
        raise SdaError(
            f"{printable(path)} has {size_in_words(size)}, more than can be sent to workers "
            f"({size_in_words(MOST_SHARED)}); leave out --scheduler, or take less of it."
        )
    below = {file: file.absolute().relative_to(path).as_posix() if files else "" for file in found}
    return {name: file.read_bytes() for file, name in below.items()}
