"""Every kind of exception gets a true sentence with its remedy; only errors of files are worded as such."""

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
from sda_lib.model.header import peek
from sda_lib.model.tensors import read_tensors
from sda_lib.sessions.session_file import load_session
from sda_lib.training import checkpoint
from sda_widgets.session.guard import verb

OF_FILES = re.compile(r"path|permissions|space|folder|can't be read|can't be written|cut off|damaged", re.IGNORECASE)
SYMBOL = "/x/torchaudio/lib/_torchaudio.abi3.so: undefined symbol: torch_exception_get_what_without_backtrace"
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
"""Errors that have nothing to do with a file, and a part of what is to be said."""


def about(error):
    """The error as it arrives: raised."""
    try:
        raise error
    except type(error) as raised:
        return faults.sentence(raised)


@pytest.mark.parametrize(("error", "said"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_not_about_a_file_is_not_worded_so(error, said, tmp_path):
    sentence = about(error)
    assert said in sentence
    assert re.fullmatch(r"[^\n]+; [^\n]+\.", sentence)
    assert not OF_FILES.search(sentence)


@pytest.mark.parametrize(("error", "_"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_command_line_says_so_too(error, _, refused, tiny_corpus, monkeypatch):
    def fails(_):
        raise error

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", fails)
    assert refused("scan", tiny_corpus) == f"sda: {faults.sentence(error)}\n"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, "check the path"),
        (errno.EACCES, "check its permissions"),
        (errno.EROFS, "choose another folder"),
        (errno.ENOSPC, "free some space"),
        (errno.ETIMEDOUT, "choose another folder"),  # a network drive
    ],
)
def test_what_is_about_a_file_names_it(number, said):
    sentence = about(OSError(number, os.strerror(number), "/a/b.wav"))
    assert sentence.startswith("/a/b.wav")
    assert said in sentence
    assert os.strerror(number) in sentence


def test_real_ones(tmp_path):
    """A library that is none, a file that is not there, an array that no memory holds, a port where no one answers."""
    (tmp_path / "broken.so").write_text("no library")
    with pytest.raises(OSError) as error:  # noqa: PT011 (its words are the system's)
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
    ("package", "body", "said"),
    [
        ("soundfile", "raise OSError('cannot load library libsndfile.so')", "soundfile can't be loaded"),
        ("soxr", "raise ModuleNotFoundError(\"No module named 'soxr'\", name='soxr')", "pip install soxr"),
        ("mutagen", "raise AttributeError('partially initialized')", "mutagen can't be loaded"),
    ],
)
def test_a_command_names_the_package_that_it_lacks(package, body, said, tiny_corpus, tmp_path):
    (tmp_path / f"{package}.py").write_text(body)
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [tmp_path, *sys.path]))}
    command = [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus)]
    done = subprocess.run(command, capture_output=True, text=True, env=settings, cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"sda: [^\n]+\.\n", done.stderr)
    assert said in done.stderr
    assert "sda doctor" in done.stderr
    assert not OF_FILES.search(done.stderr)


def test_a_page_that_is_there_and_broken_is_not_called_absent(refused, tmp_path, monkeypatch):
    (tmp_path / "voila.py").write_text("raise ImportError('cannot import name x')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "voila", raising=False)
    assert "voila can't be loaded (cannot import name x)" in refused("studio")


def test_the_cause_of_a_cause_is_named():
    error = RuntimeError("the plot failed")
    error.__cause__ = ModuleNotFoundError("No module named 'h5py'", name="h5py")
    assert "The package h5py is not installed; install it with: pip install h5py" in faults.sentence(error)


def test_packages_are_installed_under_their_distributions_names():
    assert faults.install("sklearn") == "pip install scikit-learn"
    assert faults.install("pedalboard") == "pip install 'sda[effects]'"
    assert faults.install("voila") == "pip install 'sda[app]'"


def test_ours_missing_is_a_defect_and_points_to_the_doctor():
    sentence = about(ModuleNotFoundError("No module named 'sda_lib.x'", name="sda_lib.x"))
    assert "ModuleNotFoundError" in sentence
    assert "sda doctor" in sentence
    assert about(ZeroDivisionError("oh\nno")).count("\n") == 0


def test_ctrl_c_ends_with_130(sda, tiny_corpus, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", interrupted)
    code, _, err = sda("scan", tiny_corpus)
    assert code == 130
    assert err.endswith("sda: Stopped.\n")


def test_a_reader_that_has_gone_needs_no_words(tiny_corpus):
    command = [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus), "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    assert (child.stderr.read(), child.wait()) == (b"", 1)


READERS = {
    "write_atomically": ("pathlib.Path.write_bytes", lambda path: write_atomically(path, b"x")),
    "sound": ("sda_lib.audio.reader._Sequential", lambda path: open_sound(path).__enter__()),
    "corpus": ("sda_lib.audio.reader._Sequential", lambda path: Corpus.from_paths([path])),
    "codes": ("zipfile.ZipFile", load_codes),
    "manifest": ("pathlib.Path.open", peek),
    "tensors": ("sda_lib.model.tensors.load_file", lambda path: read_tensors(path, "cpu")),
    "tags": ("mutagen.File", read_tags),
    "heads": ("h5py.File", HrtfSet.read),
    "checkpoint": ("sda_lib.training.checkpoint.safe_open", lambda path: checkpoint.read_checkpoint(path.parent)),
    "session": ("pathlib.Path.open", load_session),
}
"""What opens files, and the call in it that fails."""


@pytest.mark.parametrize(("call", "act"), READERS.values(), ids=READERS)
def test_readers_do_not_blame_their_file_for_lack_of_memory(call, act, tmp_path, monkeypatch):
    path = tmp_path / checkpoint.CHECKPOINT
    soundfile.write(path, np.sin(np.arange(9000) / 9), 44100, format="WAV")

    def fails(*_, **__):
        raise OSError(errno.ENOMEM, "Cannot allocate memory", str(path))

    monkeypatch.setattr(call, fails)
    with pytest.raises(OSError, match="allocate") as error:
        act(path)
    assert not isinstance(error.value, SdaError)
    assert "not enough memory" in faults.sentence(error.value)


def test_what_fails_while_a_sound_is_open_is_not_the_sounds_fault(tiny_corpus):
    with pytest.raises(RuntimeError, match="elsewhere"), open_sound(tiny_corpus / "rain.wav"):
        raise RuntimeError("elsewhere")


def test_the_page_words_them_alike():
    class Page:
        _lock = threading.RLock()
        message = ""

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
    assert page.message.endswith("sda doctor checks the installation, the log shows where.")
