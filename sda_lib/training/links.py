"""Sockets between the processes of one computer: to wait for each other, and for short messages of the leader.

Gloo hands every exchange to threads of its own, which wake each other several times; a process that waits at a socket
is woken once, and sleeps until then (docs/DECISIONS.md). The end of a process closes its sockets, so the others notice.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

# Bytes in which a process that connects states its rank.
RANK_BYTES = 4


class Links:
    """Sockets to the other processes, in the order of their ranks; each process has one to every other.

    All methods raise ConnectionError when a process has ended.
    """

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._sockets = tuple(sockets)

    def wait(self) -> None:
        """Return when all processes have called it."""
        self.send(b"\0")
        for one in self._sockets:
            _received(one, 1)

    def send(self, data: bytes) -> None:
        """Send a short message to all others."""
        for one in self._sockets:
            one.sendall(data)

    def receive(self, size: int) -> bytes:
        """Return the next message of the leader, of this size in bytes; for all processes but the leader."""
        return _received(self._sockets[0], size)

    def close(self) -> None:
        """Close all sockets, which ends the exchanges that others wait for."""
        for one in self._sockets:
            one.close()


def linked(rank: int, size: int, folder: Path, all_agree: Callable[[bool], bool]) -> Links | None:
    """Return links of process `rank` to the others, which meet at sockets in a folder; None where they can't.

    All processes call it together; `all_agree` returns whether they all say yes. They can't meet where the folder is
    not the same for all of them, where its path is too long, or where the system has no such sockets.
    """
    with contextlib.ExitStack() as opened:
        door = _door(folder / str(rank), size)
        if door is not None:
            opened.enter_context(door)
        if not all_agree(door is not None):
            return None
        called = [_called(folder / str(lower), rank) for lower in range(rank)]
        for one in called:
            opened.enter_context(one or contextlib.nullcontext())
        if door is None or not all_agree(None not in called):
            return None
        callers = [door.accept()[0] for _ in range(rank + 1, size)]
        ranks = [int.from_bytes(_received(one, RANK_BYTES), "big") for one in callers]
        callers = [one for _, one in sorted(zip(ranks, callers, strict=True), key=lambda pair: pair[0])]
        opened.pop_all()
        door.close()
        return Links([*(one for one in called if one is not None), *callers])


def _door(path: Path, most: int) -> socket.socket | None:
    """Return a socket at which this many processes can call; None if it can't be made."""
    try:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except (OSError, AttributeError):  # no such sockets on Windows
        return None
    try:
        door.bind(str(path))
        door.listen(most)
        return door
    except OSError:
        door.close()
        return None


def _called(path: Path, rank: int) -> socket.socket | None:
    """Return a socket to the process that can be called at a path, which is given the caller's rank; None if none."""
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        one.connect(str(path))
        one.sendall(rank.to_bytes(RANK_BYTES, "big"))
        return one
    except OSError:
        one.close()
        return None


def _received(one: socket.socket, size: int) -> bytes:
    """Return this many bytes from a socket. Raises ConnectionError when its other end is closed."""
    data = b""
    while len(data) < size:
        part = one.recv(size - len(data))
        if not part:
            raise ConnectionError("another process has ended")
        data += part
    return data
