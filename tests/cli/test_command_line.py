"""The command line as a whole: it loads nothing heavy, and every error is one sentence."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest


def test_help_and_import_load_nothing_heavy():
    probe = (
        "import sys, sda_lib\n"
        "from sda_lib import cli\n"
        "sys.argv = ['sda', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'torchaudio', 'numpy', 'scipy', 'sklearn', 'matplotlib', 'soundfile'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    for command in (
        "scan",
        "train",
        "generate",
        "encode",
        "edit",
        "decode",
        "reconstruct",
        "info",
        "strip-memory",
        "trace",
        "controls",
        "morph",
        "blend",
        "sheet",
        "studio",
        "doctor",
    ):
        assert command in done.stdout


def test_module_is_the_command(tiny_corpus):
    done = subprocess.run(
        [sys.executable, "-m", "sda_lib", "scan", str(tiny_corpus), "--json"], capture_output=True, text=True
    )
    assert json.loads(done.stdout)["files"] == 3


@pytest.mark.parametrize("command", ["info", "generate", "encode", "decode"])
def test_files_that_are_no_model_are_one_sentence(refused, tiny_corpus, tiny_model_path, tmp_path, command):
    (tmp_path / "text.sda").write_text("not a model, whatever its name says\n" * 50)
    (tmp_path / "pickle.sda").write_bytes(b"\x80\x04cposix\nsystem\n(S'touch owned'\ntR.")
    whole = tiny_model_path.read_bytes()
    (tmp_path / "empty.sda").write_bytes(b"")
    (tmp_path / "head.sda").write_bytes(whole[:100])
    (tmp_path / "cut.sda").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "last.sda").write_bytes(whole[:-1])
    np.savez(tmp_path / "c.npz", indices=np.zeros((1, 4), int), codebook_size=16, hop=512, sample_rate=48000)
    files = {"encode": [tiny_corpus / "rain.wav", "-m"], "decode": ["c.npz", "-o", "x.wav", "-m"]}.get(command, [])
    for name in ("text", "pickle", "empty", "head", "cut", "last", "missing"):
        assert f"{name}.sda" in refused(command, *files, f"{name}.sda")
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "x.wav").exists()


def test_unreadable_sounds_and_codes_are_one_sentence(refused, tiny_model_path, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "text.npz").write_text("no codes")
    assert "text.wav" in refused("encode", "text.wav", "-m", tiny_model_path)
    assert "missing.wav" in refused("encode", "missing.wav", "-m", tiny_model_path)
    assert "text.npz" in refused("decode", "text.npz", "-m", tiny_model_path, "-o", "x.wav")
    assert "text.npz" in refused("edit", "text.npz", "--op", "reverse", "-o", "y.npz")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_sentence(refused, tiny_corpus, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "ermission" in refused("train", tiny_corpus, "--steps", 1, "-o", "locked/x.sda")
    assert "ermission" in refused("sheet", tiny_corpus / "rain.wav", "-o", "locked/x.png")


def test_a_file_in_place_of_a_folder_is_one_sentence(refused, tiny_corpus, tiny_model_path, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "file" in refused("generate", tiny_model_path, "-n", 1, "--seconds", 0.5, "-o", "file")
    assert "file" in refused("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "file/x.npz")
    assert "file" in refused("train", tiny_corpus, "--steps", 1, "-o", "file/x.sda")


def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(
    refused, tiny_model_path, tiny_corpus, tmp_path, monkeypatch, full_disk
):
    (tmp_path / "x.codes.npz").write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert "No space left" in refused("encode", tiny_corpus / "rain.wav", "-m", tiny_model_path, "-o", "x.codes.npz")
    with full_disk():
        assert "File too large" in refused("generate", tiny_model_path, "-n", 1, "--seconds", 2.0)
    assert (tmp_path / "x.codes.npz").read_bytes() == b"old"
    assert not list(tmp_path.rglob("*.part*"))


def test_an_unexpected_error_is_one_sentence(refused, sda, tiny_corpus, monkeypatch):
    def broken(_):
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr("sda_lib.audio.corpus.Corpus.from_folder", broken)
    assert "ZeroDivisionError" in refused("scan", tiny_corpus)
    monkeypatch.setenv("SDA_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        sda("scan", tiny_corpus)
