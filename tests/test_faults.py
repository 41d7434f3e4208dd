"""Every kind of exception has a sentence with its remedy; only errors of files are described as such."""

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.error

import numpy as np
import pytest
import soundfile

from sda_lib import faults
from sda_lib.audio.clip import open_sound
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.tags import read_tags
from sda_lib.codec.codes import load_codes
from sda_lib.errors import SdaError
from sda_lib.export.hrtf import HrtfSet
from sda_lib.files import write_atomically
from sda_lib.home import Home
from sda_lib.model.header import peek
from sda_lib.model.tensors import read_tensors
from sda_lib.sessions.session_file import load_session
from sda_lib.training import checkpoint
from sda_widgets.session.guard import verb

OF_FILES = re.compile(r"path|permissions|space|folder|can't be read|can't be written|cut off|damaged", re.IGNORECASE)
SYMBOL = "/x/torchaudio/lib/_torchaudio.abi3.so: undefined symbol: torch_exception_get_what_without_backtrace"
# Errors that no file causes, and a part of the sentence for each.
ELSEWHERE = {
    "package": (ModuleNotFoundError("No module named 'sklearn'", name="sklearn"), "pip install scikit-learn"),
    "standard library": (ModuleNotFoundError("No module named '_lzma'", name="_lzma"), "complete Python"),
    "symbol": (OSError(SYMBOL), "can't be loaded"),
    "library": (ImportError("libcudart.so.13: cannot open shared object file: No such file or directory"), "doctor"),
    "no libsndfile": (OSError("sndfile library not found using ctypes.util.find_library"), "can't be loaded"),
    "extension": (RuntimeError("Could not load this library: /x/_torchaudio.so"), "can't be loaded"),
    "memory": (MemoryError(), "close other programs"),
    "system's memory": (OSError(errno.ENOMEM, "Cannot allocate memory"), "close other programs"),
    "memory for a file": (OSError(errno.ENOMEM, "Cannot allocate memory", "a.wav"), "close other programs"),
    "torch's memory": (RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 bytes"), "close other programs"),
    "port": (OSError(errno.EADDRINUSE, "Address already in use"), "the port"),
    "refused": (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "connection failed"),
    "name": (socket.gaierror(-2, "Name or service not known"), "connection failed"),
    "address": (urllib.error.URLError(OSError(errno.ENETUNREACH, "unreachable")), "connection failed"),
    "handles": (OSError(errno.EMFILE, "Too many open files", "a.wav"), "ulimit"),
    "processes": (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "close other programs"),
}


def sentence_of(error):
    """Return the sentence for an error that was raised."""
    try:
        raise error
    except type(error) as raised:
        return faults.sentence(raised)


@pytest.mark.parametrize(("error", "part"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_errors_that_no_file_causes(error, part, tmp_path):
    sentence = sentence_of(error)
    assert part in sentence
    assert re.fullmatch(r"[^\n]+; [^\n]+\.", sentence)
    assert not OF_FILES.search(sentence)


@pytest.mark.parametrize(("error", "_"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_command_line_prints_the_same_sentence(error, _, refused, tiny_corpus, monkeypatch):
    def fails(_):
        raise error

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", fails)
    where = f"{Home.from_environment().errors} shows where"
    assert refused("scan", tiny_corpus) == f"sda: {faults.sentence(error, where)}\n"


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.ENOENT, "check the path"),
        (errno.EACCES, "check its permissions"),
        (errno.EROFS, "choose another folder"),
        (errno.ENOSPC, "free some space"),
        (errno.ETIMEDOUT, "choose another folder"),  # a network drive
    ],
)
def test_errors_of_files_name_the_file(number, part):
    sentence = sentence_of(OSError(number, os.strerror(number), "/a/b.wav"))
    assert sentence.startswith("/a/b.wav")
    assert part in sentence
    assert os.strerror(number) in sentence


def test_errors_of_the_system(tmp_path):
    """A broken library, a missing file, an array larger than the memory, a port without a server."""
    (tmp_path / "broken.so").write_text("no library")
    with pytest.raises(OSError) as error:  # noqa: PT011 (the message is the system's)
        ctypes.CDLL(str(tmp_path / "broken.so"))
    assert faults.kind(error.value) == "library"
    with pytest.raises(OSError, match="absent") as error:
        (tmp_path / "absent").read_bytes()
    assert faults.kind(error.value) == "file"
    with pytest.raises(MemoryError) as error:
        np.zeros(1 << 60, np.uint8)
    assert faults.kind(error.value) == "memory"
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(OSError) as error:  # noqa: PT011
            socket.create_connection(held.getsockname(), timeout=5)
    assert faults.kind(error.value) == "network"


@pytest.mark.parametrize(
    "body",
    [
        "raise AttributeError('x has no y')",
        "raise ValueError('numpy.dtype size changed')",
        "raise OSError('odd words')",
        "raise ImportError('cannot import name x')",
        "open('/absent/data')",
    ],
)
def test_a_package_that_fails_while_it_loads_is_named(body, tmp_path, monkeypatch):
    (tmp_path / "halfpackage.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises((AttributeError, ValueError, OSError, ImportError)) as error:
        __import__("halfpackage")
    assert faults.sentence(error.value).startswith("halfpackage can't be loaded (")
    assert "pip install halfpackage" in faults.sentence(error.value)


@pytest.mark.parametrize(
    ("package", "body", "part"),
    [
        ("soundfile", "raise OSError('cannot load library libsndfile.so')", "soundfile can't be loaded"),
        ("soxr", "raise ModuleNotFoundError(\"No module named 'soxr'\", name='soxr')", "pip install soxr"),
        ("mutagen", "raise AttributeError('partially initialized')", "mutagen can't be loaded"),
    ],
)
def test_a_command_names_the_package_that_it_lacks(package, body, part, tiny_corpus, tmp_path):
    (tmp_path / f"{package}.py").write_text(body)
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [tmp_path, *sys.path]))}
    command = [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus)]
    done = subprocess.run(command, capture_output=True, text=True, env=settings, cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"sda: [^\n]+\.\n", done.stderr)
    assert part in done.stderr
    assert "sda doctor" in done.stderr
    assert not OF_FILES.search(done.stderr)


def test_a_broken_page_is_not_reported_as_missing(refused, tmp_path, monkeypatch):
    (tmp_path / "voila.py").write_text("raise ImportError('cannot import name x')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "voila", raising=False)
    assert "voila can't be loaded (cannot import name x)" in refused("studio")


def test_the_cause_of_a_cause_is_named():
    error = RuntimeError("the plot failed")
    error.__cause__ = ModuleNotFoundError("No module named 'h5py'", name="h5py")
    assert "The package h5py is not installed; install it with: pip install h5py" in faults.sentence(error)


def test_packages_are_installed_by_the_names_of_their_distributions():
    assert faults.install("sklearn") == "pip install scikit-learn"
    assert faults.install("pedalboard") == "pip install 'sda[effects]'"
    assert faults.install("voila") == "pip install 'sda[app]'"


def test_a_missing_module_of_sda_is_a_defect():
    sentence = sentence_of(ModuleNotFoundError("No module named 'sda_lib.x'", name="sda_lib.x"))
    assert "ModuleNotFoundError" in sentence
    assert "sda doctor" in sentence
    assert sentence_of(ZeroDivisionError("oh\nno")).count("\n") == 0


def test_ctrl_c_ends_with_130(sda, tiny_corpus, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", interrupted)
    code, _, err = sda("scan", tiny_corpus)
    assert code == 130
    assert err.endswith("sda: Stopped.\n")


def test_a_closed_pipe_needs_no_message(tiny_corpus):
    command = [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus), "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    assert (child.stderr.read(), child.wait()) == (b"", 1)


# Functions that open files, and the call in each that fails.
READERS = {
    "write_atomically": ("pathlib.Path.write_bytes", lambda path: write_atomically(path, b"x")),
    "sound": ("sda_lib.audio.reader._Sequential", lambda path: open_sound(path).__enter__()),
    "corpus": ("sda_lib.audio.reader._Sequential", lambda path: Corpus.from_paths([path])),
    "codes": ("sda_lib.codec.codes._check_entries", load_codes),
    "manifest": ("pathlib.Path.open", peek),
    "tensors": ("sda_lib.model.tensors.load_file", lambda path: read_tensors(path, "cpu")),
    "tags": ("mutagen.File", read_tags),
    "heads": ("h5py.File", HrtfSet.read),
    "checkpoint": ("sda_lib.training.checkpoint.safe_open", lambda path: checkpoint.read_checkpoint(path.parent)),
    "session": ("pathlib.Path.open", load_session),
}


@pytest.mark.parametrize(("call", "act"), READERS.values(), ids=READERS)
def test_lack_of_memory_is_not_attributed_to_the_file(call, act, tmp_path, monkeypatch):
    path = tmp_path / checkpoint.CHECKPOINT
    soundfile.write(path, np.sin(np.arange(9000) / 9), 44100, format="WAV")

    def fails(*_, **__):
        raise OSError(errno.ENOMEM, "Cannot allocate memory", str(path))

    monkeypatch.setattr(call, fails)
    with pytest.raises(OSError, match="allocate") as error:
        act(path)
    assert not isinstance(error.value, SdaError)
    assert "not enough memory" in faults.sentence(error.value)


def test_errors_while_a_sound_is_open_are_not_attributed_to_it(tiny_corpus):
    with pytest.raises(RuntimeError, match="elsewhere"), open_sound(tiny_corpus / "rain.wav"):
        raise RuntimeError("elsewhere")


def test_the_page_shows_the_same_sentences():
    class Page:
        lock = threading.RLock()
        message, busy = "", False

        @property
        def context(self):
            return self

        def set(self, **values):
            vars(self).update(values)

        @verb
        def fail(self):
            raise OSError(SYMBOL)

        @verb
        def stumble(self):
            raise ZeroDivisionError("oh")

    page = Page()
    page.fail()
    assert "can't be loaded" in page.message
    assert not OF_FILES.search(page.message)
    assert not page.busy
    page.stumble()
    assert page.message.endswith(f"sda doctor checks the installation, {Home.from_environment().errors} shows where.")
