"""Fill the disk, or make it read-only, at every kind of write (write_kinds.py), and verify what is left and said.

    python scripts/full_disk.py [--kinds train edit …] [--model FILE.sda]

Each kind works on a disk of its own, a tmpfs in a mount namespace of this process (Linux; as root, or where users may
make namespaces), so that nothing depends on permissions, which root ignores. The disk is read-only, or has room for
0, 10, 40, 70 or 95 % of what the act writes. The act must succeed, or end with an exit code and one sentence that names
a file or folder, the fact and a remedy; every file from before is there and whole, and no half-written file is left.

Prints a table, and exits with 1 if anything else was found.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kills import Result, Sandbox, act, ended, faults_of, load_modules, made_world, small_model
from write_kinds import KINDS, Kind

SHARES = (0.0, 0.1, 0.4, 0.7, 0.95)
NEW_USER, NEW_MOUNTS, PRIVATE = 0x10000000, 0x00020000, 0x40000 | 0x4000
READ_ONLY, REMOUNT, DETACH = 1, 32, 2
LARGE = 1 << 30
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
SENTENCE = re.compile(r"[^\n]+; [^\n]+\.")
FOLDER = re.compile(r"(?!A |The )\S+ can't be ")
FACTS = re.compile(
    r"No space left|Read-only file system|disk is full|not enough space|leave less than \d+ MB free on the disk of ",
    re.IGNORECASE,
)


def own_mounts() -> bool:
    """Give this process mounts of its own; return whether that was possible."""
    if LIBC is None:
        return False
    user, group = os.geteuid(), os.getegid()
    if LIBC.unshare(NEW_MOUNTS):
        if LIBC.unshare(NEW_USER | NEW_MOUNTS):
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    return not LIBC.mount(b"none", b"/", None, PRIVATE, None)


def mount(place: Path, flags: int, options: str) -> None:
    """Mount a tmpfs. Raises OSError."""
    if LIBC.mount(b"tmpfs", os.fsencode(place), b"tmpfs", flags, options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(place))


@contextmanager
def disk_with(sandbox: Sandbox, template: Path) -> Iterator[None]:
    """Mount a large disk as the world of a sandbox, with the files of a template."""
    mount(sandbox.world, 0, f"size={LARGE}")
    try:
        shutil.copytree(template, sandbox.world, symlinks=True, dirs_exist_ok=True)
        yield
    finally:
        LIBC.umount2(os.fsencode(sandbox.world), DETACH)


def used(place: Path) -> int:
    """Return how many bytes of a disk are in use."""
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def try_disk(kind: Kind, sandbox: Sandbox, template: Path, share: float | None, need: int) -> tuple[str, list[str]]:
    """Act on a disk with room for a share of `need` bytes (None: a read-only one); return the outcome and faults."""
    with disk_with(sandbox, template):
        before = sandbox.files()
        flags = REMOUNT | (READ_ONLY if share is None else 0)
        mount(sandbox.world, flags, f"size={used(sandbox.world) + (0 if share is None else int(share * need))}")
        code = ended(act(kind, sandbox))
        mount(sandbox.world, REMOUNT, f"size={LARGE}")
        said = (sandbox.folder.parent / "stderr").read_text()
        found = faults_of(sandbox, before, before if code else {}, None)
        found += what_is_wrong(said, code) if code else []
        return ("refused" if code else "done"), found


def what_is_wrong(said: str, code: int) -> list[str]:
    """Return what is wrong with the exit code and the message of an act that failed."""
    lines = said.strip().splitlines()
    sentences = [line.partition(": ")[2] for line in lines if re.match(r"sda: |sda_lib\.errors\.SdaError: ", line)]
    found = [f"it ends with {code}"] if code != 1 else []
    if len(sentences) != 1 or not SENTENCE.fullmatch(sentences[0]):
        return [*found, f"it says {' | '.join(lines[-3:])}"]
    words = [Path(word.strip("'\"(),:;")) for word in sentences[0].split()]
    if not (any(word.suffix or "/" in str(word) for word in words) or FOLDER.match(sentences[0])):
        found.append(f"it names no file: {sentences[0]}")
    if not FACTS.search(sentences[0]) or "nforeseen" in sentences[0] or "nexpected" in sentences[0]:
        found.append(f"it doesn't state the fact: {sentences[0]}")
    return [*found, *(["it names a hidden file"] if ".part" in sentences[0] else [])]


def try_kind(name: str, kind: Kind, world: Path) -> Result:
    """Try every share in a fresh world and where the kind has been done, and print a row."""
    base, result, began, refused = world.parents[1], Result(), time.monotonic(), 0
    done = base / "done"
    for again in (False, True) if kind.again else (False,):
        sandbox = Sandbox.like(base / "sandbox", base / "empty")
        template = done if again else world
        with disk_with(sandbox, world):
            full = used(sandbox.world)
            if ended(act(kind, sandbox)):
                result.faults.append((base / "stderr").read_text().strip()[-300:])
                break
            need = max(used(sandbox.world) - full, 20_000)
            shutil.rmtree(done, ignore_errors=True)
            shutil.copytree(sandbox.world, done, symlinks=True)
        for share in (None, *SHARES):
            outcome, found = try_disk(kind, sandbox, template, share, need)
            result.kills += 1
            refused += outcome == "refused"
            result.faults += [f"{'read-only' if share is None else f'{share:.0%}'}: {one}" for one in found]
    print(
        f"{name:<20} {result.kills:>5} {refused:>8} {len(result.faults):>7} {time.monotonic() - began:>8.1f}",
        flush=True,
    )
    for fault in sorted(set(result.faults))[:6]:
        print(f"    {fault}")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument("--model", type=Path, help="a small model; default: one is trained")
    chosen, began = parser.parse_args(argv), time.monotonic()
    if not own_mounts():
        print("This system lets the script mount nothing; run it on Linux as root.")
        return 2
    os.environ["OMP_NUM_THREADS"] = "1"
    load_modules()
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="sda-disks-") as place:
        folder = Path(place).resolve()
        world = made_world(folder, chosen.model.resolve() if chosen.model else small_model(folder))
        print(f"{'kind':<20} {'disks':>5} {'refused':>8} {'faults':>7} {'seconds':>8}")
        results = [try_kind(name, KINDS[name], world) for name in chosen.kinds]
    count, found = sum(one.kills for one in results), sum(len(one.faults) for one in results)
    print(f"{count} full or read-only disks in {time.monotonic() - began:.0f} s: {found} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
