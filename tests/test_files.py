"""Writing files: beside, flushed and renamed; leftovers are swept; no other way to write."""

import ast
import errno
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sda_lib import files
from sda_lib.errors import SdaError
from sda_lib.files import PART, read_current, remove_partial_files, write_atomically

ROOT = Path(__file__).parents[1]
WRITERS = re.compile(
    r"write_text|write_bytes|save_file|savez(_compressed)?|savetxt|savefig|tofile|copy2|copyfile(obj)?|copytree|rename"
    r"|symlink_to|hardlink_to|mkstemp|mkdtemp|NamedTemporaryFile|TemporaryFile|TemporaryDirectory|fdopen|touch|extractall"
)
OF_MODULES = {
    "os": r"open|replace|rename|link|symlink",
    "shutil": r"copy|move",
    "soundfile": r"write",
    "torch": r"save",
}
MODE = re.compile(r"[rwaxbt+]*[wax+][bt+]*")
# Calls that write, apart from `write_atomically`, and why none of them leaves half a file under its name.
KNOWN = {
    "sda_lib/files.py": {"os.link", "os.open", "os.replace", "part.rename", "part.touch", "part.write_bytes"},
    "sda_lib/trash.py": {
        "os.rename",
        "os.replace",
        "shutil.copy2",
        "shutil.copytree",
    },  # a copy is made in a part folder
    # In the function that `write_atomically` calls, or in memory:
    "sda_lib/audio/clean_copy.py": {"soundfile.write"},
    "sda_lib/audio/flac.py": {"soundfile.write"},
    "sda_lib/audio/repeatable.py": {"path.open"},
    "sda_lib/audio/tags.py": {"path.open"},
    "sda_lib/codec/codes.py": {"np.savez_compressed"},
    "sda_lib/export/write.py": {"soundfile.SoundFile"},
    "sda_lib/health/report.py": {"figure.savefig"},
    "sda_lib/library/keeping.py": {"shutil.copyfile"},
    "sda_lib/maps/figures.py": {"figure.savefig"},
    "sda_lib/audio/sample_cache.py": {"part.open"},
    "sda_lib/model/header.py": {"part.open", "shutil.copyfileobj"},
    "sda_lib/model/tensors.py": {"save_file"},
    # In a part folder:
    "sda_lib/export/stream_finishing.py": {"path.open"},
    "sda_lib/doctor.py": {"(parts / 'trial').open"},
    "sda_lib/history/database.py": {"(folder / 'probe').write_bytes"},
    "widgets/sda_widgets/files/upload.py": {"self.path.open"},
    # A sign in a temporary folder, and memory of several processes, whose name is deleted when all have opened it:
    "sda_lib/training/process_group.py": {"_sign(Path(os.environ[MEETING]), world.rank).touch"},
    "sda_lib/training/shared_memory.py": {"open", "tempfile.mkstemp"},
    # The output of a process, and the copy of a model that grows, in the function that `write_atomically` calls:
    "sda_lib/runs/manage.py": {"(run.folder / 'log.txt').open", "shutil.copyfile"},
    "sda_lib/runs/priority.py": {"AUTOGROUP.write_text"},
    "sda_lib/runs/locks.py": {"os.open"},
    # A log that is appended to, and private files in a temporary folder of the process:
    "sda_lib/fault_log.py": {"os.open", "os.replace"},
    "sda_lib/cli/access.py": {"open", "os.open"},
    "sda_lib/scratch.py": {"tempfile.mkdtemp"},
    # A folder of a guest's page, which ends with it:
    "widgets/sda_widgets/session/guest.py": {"link.symlink_to", "shutil.copyfile"},
    # Damaged files, which get another name in their folder:
    "sda_lib/history/store.py": {"self.folder.rename"},
    "sda_lib/library/marks.py": {"path.rename"},
    # No files:
    "sda_lib/api/history.py": {"self.store.rename"},
    "sda_lib/api/presets.py": {"self.store.rename"},
    "sda_lib/cli/history.py": {"store.rename"},
    "sda_lib/cli/library.py": {"keeping.rename"},
    "sda_lib/cli/presets.py": {"preset_store().rename"},
    "widgets/sda_widgets/files/library_view.py": {"self.session.library.rename"},
    "widgets/sda_widgets/preset_card.py": {"shelf.rename"},
    "widgets/sda_widgets/session/made_sounds.py": {"self.store.rename"},
    "widgets/sda_widgets/session/model_library.py": {"keeping.rename"},
    "widgets/sda_widgets/session/preset_shelf.py": {"self.store.rename"},
    "sda_lib/cli/__init__.py": {"os.open"},
    "sda_lib/cli/serving.py": {"tempfile.TemporaryFile"},
    "sda_lib/probe.py": {"os.fdopen"},
}


def writes(source):
    """Yield the name of each call in a module that writes a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name, values = ast.unparse(node.func), [*node.args, *(word.value for word in node.keywords)]
            module, _, last = name.rpartition(".")
            modes = [one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            opened = last in ("open", "SoundFile") and module != "os" and any(map(MODE.fullmatch, modes))
            if opened or WRITERS.fullmatch(last) or re.fullmatch(OF_MODULES.get(module, "-"), last):
                yield name


def test_there_is_one_way_to_write_a_file():
    sources = {
        path: path.read_text()
        for folder in ("sda_lib", "widgets/sda_widgets")
        for path in ROOT.glob(f"{folder}/**/*.py")
    }
    found = {path.relative_to(ROOT).as_posix(): set(writes(source)) for path, source in sources.items()}
    assert {path: names for path, names in found.items() if names} == KNOWN


def test_other_ways_to_write_are_found():
    ways = (
        "open('x', 'w')", "path.open(mode='ab')", "os.open(path, os.O_RDWR)", "path.write_text('x')",
        "np.savez(p, a=1)", "shutil.move(a, b)", "tempfile.mkdtemp()", "torch.save(a, b)", "Path(a).rename(b)",
    )  # fmt: skip
    assert [len(list(writes(way))) for way in ways] == [1] * len(ways)
    assert not list(writes("open('x.txt'); path.open('rb'); text.replace('a', 'w'); dataclasses.replace(a, b=1)"))


def test_a_file_is_written_beside_and_flushed(tmp_path, monkeypatch):
    path, seen = tmp_path / "x.wav", []
    path.write_bytes(b"old")
    path.chmod(0o640)
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda file: flushed.append(os.fstat(file).st_ino))

    def write(part):
        seen.append(part)
        (part.parent / ".tmpX").write_bytes(b"of a library")
        part.write_bytes(b"new")
        assert path.read_bytes() == b"old"

    assert write_atomically(path, write) == path
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [path]
    assert seen[0].suffix == ".wav"
    assert PART.fullmatch(seen[0].parent.name)["process"] == str(os.getpid())
    assert flushed == [path.stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("name", ["é" * 127, "a" * 251 + ".wav", "\udcff.wav", "line\nbreak.json"])
def test_files_of_any_name_are_written(tmp_path, name):
    assert write_atomically(tmp_path / name, b"x").read_bytes() == b"x"
    assert os.listdir(tmp_path) == [name]


def test_new_files_have_the_mode_of_any_other(tmp_path):
    (tmp_path / "plain").touch()
    write_atomically(tmp_path / "x", b"")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_error_of_another_file_names_that_file(tmp_path):
    with pytest.raises(SdaError, match=r"missing\.sda: No such file"):
        write_atomically(tmp_path / "x", lambda part: shutil.copyfile(tmp_path / "missing.sda", part))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "check its permissions"), (errno.ENAMETOOLONG, "shorter name"),
     (errno.EIO, "check its disk")],
)  # fmt: skip
def test_the_remedy_fits_the_error(tmp_path, number, remedy):
    def fail(part):
        raise OSError(number, os.strerror(number), str(part))

    with pytest.raises(SdaError, match=rf"x\.wav can't be written \({os.strerror(number)}\); .*{remedy}"):
        write_atomically(tmp_path / "x.wav", fail)


def test_threads_that_write_one_file_do_not_disturb_each_other(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_atomically(tmp_path / "x", bytes([number]) * 100_000), range(64)))
    assert len(set((tmp_path / "x").read_bytes())) == 1
    assert os.listdir(tmp_path) == ["x"]


# --- two processes ---------------------------------------------------------------------------------------------------

RACE = """
import pathlib, sys
from sda_lib.files import write_atomically
sys.stdin.readline()
for number in range(40):
    print(write_atomically(pathlib.Path(sys.argv[1]) / "take.wav", f"{sys.argv[2]} {number}".encode(), sys.argv[3]))
"""


def test_processes_that_save_under_one_name_lose_nothing(tmp_path):
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    said = together([subprocess.Popen([*command, name, "_"], **pipes) for name in ("a", "b", "c")])
    paths = [Path(path) for own in said for path in own]
    assert len(set(paths)) == 120
    assert {path.read_text() for path in paths} == {f"{name} {number}" for name in "abc" for number in range(40)}
    assert not list(tmp_path.glob(".*"))


def test_free_names_are_taken_where_there_are_no_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    paths = [write_atomically(tmp_path / "x.wav", b"x", "-") for _ in range(3)]
    assert [path.name for path in paths] == ["x.wav", "x-2.wav", "x-3.wav"]


def together(writers):
    """Let processes begin at once; return the words that each prints."""
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    return [writer.communicate()[0].split() for writer in writers]


# --- leftovers -------------------------------------------------------------------------------------------------------


def test_leftovers_of_ended_processes_are_swept_by_the_next_write(tmp_path):
    script = """
import os, pathlib, signal, sys
from sda_lib.files import write_atomically
def write(part):
    part.write_bytes(b"half")
    (part.parent / ".tmpX").touch()
    print(part, flush=True)
    sys.stdin.readline()
write_atomically(pathlib.Path(sys.argv[1]), write)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "x.sda")]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    part = Path(writer.stdout.readline().strip())
    for _ in range(2):
        remove_partial_files(tmp_path)
        write_atomically(tmp_path / "y", b"")
        assert part.read_bytes() == b"half"  # its process is running
    writer.kill()
    writer.communicate()
    files._remove_once.cache_clear()  # as in a new process
    write_atomically(tmp_path / "y", b"")
    assert os.listdir(tmp_path) == ["y"]


def test_leftovers_are_told_from_those_of_a_new_process_of_the_same_number(tmp_path):
    mine, others = tmp_path / files._part_name("x"), tmp_path / f".x.{files._machine()}-{os.getpid()}-1-0.part"
    for folder in (mine, others):
        folder.mkdir()
    remove_partial_files(tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize(("hours", "swept"), [(-1000, False), (1, False), (25, True)])
def test_leftovers_of_other_machines_are_swept_after_a_day(tmp_path, hours, swept):
    part = tmp_path / f".x.00000000-{2**22 + 1}-5-0.part"
    part.mkdir()
    os.utime(part, 2 * (time.time() - hours * 3600,))
    remove_partial_files(tmp_path)
    assert part.exists() != swept


def test_a_file_that_is_replaced_faster_than_it_is_read_is_read_once_that_ends(tmp_path):
    path = tmp_path / "x"
    reads = []

    def read():
        reads.append(path.stat().st_ino)
        if len(reads) <= 50:
            write_atomically(path, bytes(len(reads)))
            raise SdaError("two versions were read")
        return path.read_bytes()

    write_atomically(path, b"")
    assert read_current(path, read) == bytes(50)
    assert len(reads) == 51
