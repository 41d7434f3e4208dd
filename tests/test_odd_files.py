"""Folders and libraries with broken files in them: each command does its work on the rest, and names the broken one."""

import io
import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from sda_lib.codec.codes import Codes, load_codes, save_codes
from sda_lib.errors import SdaError
from sda_lib.export.hrtf import BUNDLED, HrtfSet
from sda_lib.model import library
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import Run, list_runs, unreadable
from sda_lib.sessions.session_file import load_session

RATE = 22050
NOT_UTF8 = os.fsdecode(b"\xff.wav")
DEEP = "[" * 20_000 + "]" * 20_000


def tone(hertz, seconds=0.5):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """A folder with a short sound, one whose name is no text, one that is as short as can be, and odd ones."""
    folder = tmp_path_factory.mktemp("some") / "sounds"
    folder.mkdir()
    soundfile.write(folder / "good.wav", tone(440, 1.0), RATE)
    soundfile.write(folder / "ten_ms.wav", tone(330, 0.011), RATE)
    soundfile.write(os.fsencode(folder / NOT_UTF8), tone(550), RATE)
    soundfile.write(folder / "gsm.wav", tone(300)[::2], 8000, subtype="GSM610")
    soundfile.write(folder / "one_hertz.wav", tone(350), 1)
    os.mkfifo(folder / "pipe.wav")
    return folder


@pytest.fixture(scope="module")
def model_path(sounds, tmp_path_factory):
    """A closed-form model that `sda train` made of that folder."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import Recipe
    from sda_lib.training.train import learn

    corpus, path = Corpus.from_folder(sounds), tmp_path_factory.mktemp("models") / "odd.sda"
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "odd"):
        pass
    return path


def test_a_model_of_odd_files_is_played_and_knows_their_names(model_path, sounds, ok):
    facts = json.loads(ok("info", model_path, "--json"))
    assert facts["corpus"]["files"] == 4
    assert {one["file"] for one in facts["corpus"]["skipped"]} == {"one_hertz.wav", "pipe.wav"}
    assert {one["name"] for one in facts["memory"]} == {"good", "ten_ms", "\\xff", "gsm"}
    for name in ("ten_ms.wav", NOT_UTF8, "gsm.wav"):
        ok("encode", sounds / name, "-m", model_path, "-o", "x.codes.npz")
        ok("decode", "x.codes.npz", "-m", model_path, "-o", "x.wav")
        assert soundfile.info("x.wav").frames > 0


def test_commands_name_the_odd_files(sounds, ok, refused, capsys):
    out = ok("scan", sounds)
    assert "left out pipe.wav: It is a pipe, not a sound file; leave it out." in out
    assert "left out one_hertz.wav: It declares a sample rate of 1 Hz" in out
    assert {one["file"] for one in json.loads(ok("scan", sounds, "--json"))["measured"]} >= {"\\xff.wav", "gsm.wav"}
    assert "pipe.wav is a pipe" in refused("export", sounds / "pipe.wav", "-o", "x.wav")
    assert "one_hertz.wav declares" in refused("loop", sounds / "one_hertz.wav", "-o", "x.wav")
    assert "pipe.wav is a pipe" in refused("instrument", sounds / "good.wav", sounds / "pipe.wav", "-o", "i")
    assert "pipe.wav is a pipe" in refused("render", sounds / "pipe.wav")
    ok("export", sounds / NOT_UTF8, "-o", os.fsdecode(b"\xfe.flac"))
    ok("export", sounds / "gsm.wav", "-o", "gsm.flac")
    ok("instrument", sounds / NOT_UTF8, sounds / "gsm.wav", "-o", "i")
    assert {path.name for path in Path("i/samples").iterdir()} == {"_.wav", "gsm.wav"}


def test_a_model_of_one_short_sound_is_played(tmp_path, ok):
    """It has a single frame, which differs from no other one."""
    (tmp_path / "one").mkdir()
    soundfile.write(tmp_path / "one" / "ten_ms.wav", tone(330, 0.011), RATE)
    (tmp_path / "one").rename(strange := tmp_path / os.fsdecode(b"\xfdone"))
    said = ok("train", strange, "--minutes", 0, "-o", "one.sda", "--set", "codec.width=32")
    assert "_one is ready at" in said
    assert "kept: the closed form; no step was taken, since the budget is 0 minutes" in said
    strange.rename(tmp_path / "one")
    ok("encode", "one/ten_ms.wav", "-m", "one.sda", "-o", "x.codes.npz")
    ok("decode", "x.codes.npz", "-m", "one.sda", "-o", "x.wav")
    assert np.abs(soundfile.read("x.wav")[0]).max() > 0.1


def sda_file(path, header):
    data = header.encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data)


HEADERS = {
    "deep_header": f'{{"x":{DEEP}}}',
    "deep_manifest": json.dumps({"__metadata__": {"sda": f'{{"format":4,"x":{DEEP}}}'}}),
    "less_deep_manifest": json.dumps({"__metadata__": {"sda": '{"format":4,"x":%s}' % ("[" * 500 + "]" * 500)}}),
    "huge_number": json.dumps(
        {
            "__metadata__": {
                "sda": f'{{"format":4,"name":"x","created":"x","corpus":{{"minutes":1{"0" * 400}}},"metrics":{{}}}}'
            }
        }
    ),
    "list_for_corpus": json.dumps({"__metadata__": {"sda": '{"format":4,"corpus":[1],"metrics":[2]}'}}),
    "not_text": '{"__metadata__":{"sda":7}}',
    "cut": '{"__metadata__',
}


def test_a_broken_model_leaves_the_others_listed(tmp_path, tiny_model_path, refused):
    (tmp_path / "tiny.sda").write_bytes(tiny_model_path.read_bytes())
    for name, header in HEADERS.items():
        sda_file(tmp_path / f"{name}.sda", header)
    os.mkfifo(tmp_path / "pipe.sda")
    (tmp_path / "folder.sda").mkdir()
    found = {one.path.stem: one.problem for one in library.models(tmp_path)}
    assert found.pop("tiny") == ""
    assert set(found) == {*HEADERS, "pipe", "folder"}
    assert all(why.endswith(".") and name in why for name, why in found.items())
    for name in HEADERS:
        with pytest.raises(SdaError, match=name):
            SdaModel.load(tmp_path / f"{name}.sda")
        refused("info", tmp_path / f"{name}.sda")


def npz(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(f"{name}.npy", data)


def npy(text, data=b""):
    head = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + data


CODES = Codes(np.arange(12).reshape(3, 4), 16, 512, RATE)


def broken_codes(folder):
    """Code files with one fault each."""
    good = {"codebook_size": "()", "hop": "()", "sample_rate": "()"}
    facts = {
        name: npy(f"{{'descr':'<i8','fortran_order':False,'shape':{shape}}}", (64).to_bytes(8, "little"))
        for name, shape in good.items()
    }
    npz(folder / "huge.codes.npz", indices=npy("{'descr':'<i8','fortran_order':False,'shape':(12,200000000)}"), **facts)
    npz(folder / "tokens.codes.npz", indices=npy("{'descr':'<i8','fortran_order':False,'shape':(("), **facts)
    npz(
        folder / "pickle.codes.npz", indices=npy("{'descr':'|O','fortran_order':False,'shape':(1,)}", bytes(8)), **facts
    )
    npz(folder / "bomb.codes.npz", indices=bytes(300 << 20), **facts)
    save_codes(CODES, folder / "damaged.codes.npz")
    data = bytearray((folder / "damaged.codes.npz").read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offset = archive.getinfo("indices.npy").header_offset
    data[offset + 50 : offset + 90] = b"\xff" * 40
    (folder / "damaged.codes.npz").write_bytes(data)
    (folder / "deep.json").write_text(DEEP)
    (folder / "letters.json").write_bytes(b'{"indices": "\xff"}')
    return sorted(one for one in folder.iterdir() if one.suffix in (".npz", ".json"))


def test_broken_code_files_are_one_sentence_and_take_no_memory(tmp_path, refused):
    import tracemalloc

    tracemalloc.start()
    for path in (known := broken_codes(tmp_path)):
        tracemalloc.reset_peak()
        with pytest.raises(SdaError, match=rf"^{path.name} is not a code file"):
            load_codes(path)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20, path.name
    tracemalloc.stop()
    assert len(known) == 7
    for suffix in ("npz", "json"):
        assert load_codes(save_codes(CODES, tmp_path / f"good.{suffix}")).is_same(CODES)


def test_broken_sessions_and_measured_heads_are_one_sentence(tmp_path):
    (tmp_path / "deep.json").write_text(f'{{"format": 1, "steps": {DEEP}}}')
    with pytest.raises(SdaError, match=r"^deep\.json is not a session file"):
        load_session(tmp_path / "deep.json")
    for name, change in (("loop", loops), ("huge", declares_much)):
        path = tmp_path / f"{name}.sofa"
        path.write_bytes(BUNDLED.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        with pytest.raises(SdaError, match=rf"^{name}\.sofa"):
            HrtfSet.read(path)


def loops(file):
    del file["Data.IR"]
    file["Data.IR"] = h5py.SoftLink("/Data.IR")


def declares_much(file):
    del file["Data.IR"]
    file.create_dataset("Data.IR", (100_000, 2, 65_536), "f8", chunks=(1, 2, 1024))


def test_a_broken_run_leaves_the_others_listed(tmp_path, ok):
    jobs = {
        "good": '{"name": "x", "corpus": "c", "out": "o.sda", "created": 1.0}',
        "deep": DEEP,
        "list": "[1]",
        "empty": "{}",
        "undated": '{"name": "x", "corpus": "c", "out": "o.sda", "created": "yesterday"}',
    }
    for name, job in jobs.items():
        (tmp_path / "data" / "runs" / name).mkdir(parents=True)
        (tmp_path / "data" / "runs" / name / "job.json").write_text(job)
    folder = tmp_path / "data" / "runs"
    (folder / "binary").mkdir()
    (folder / "binary" / "job.json").write_bytes(b"\xff\xfe")
    events = [
        '{"kind": "metrics", "values": {"held_out": 1.5}}',
        DEEP,
        '{"kind": "progress", "values": 7}',
        '{"kind": 3}',
        '{"kind": "metrics", "values": {"held_out": "x"}}',
        "null",
    ]
    (folder / "good" / "events.jsonl").write_text("\n".join(events) + "\n")
    assert [run.folder.name for run in list_runs(folder)] == ["good"]
    assert {run.folder.name for run in unreadable(folder)} == {*jobs, "binary"} - {"good"}
    assert [event.values for event in Run(folder / "good").events()[0]] == [{"held_out": 1.5}]
    rows = json.loads(ok("runs", "--json"))
    assert {row["run"]: row["state"] for row in rows} == {"good": "died"} | dict.fromkeys(
        ["deep", "list", "empty", "undated", "binary"], "unreadable"
    )
    assert "left out deep: " in ok("runs")


CHANGES = ({"recipe": []}, {"corpus": {}}, {"corpus": {"files": 1, "minutes": "x"}}, {"prior": 3})


@pytest.mark.parametrize("change", CHANGES)
def test_a_header_of_other_parts_is_one_sentence(tiny_model_path, tmp_path, refused, change):
    from sda_lib.model.header import read_header

    header = read_header(tiny_model_path)[0] | change
    sda_file(tmp_path / "other.sda", json.dumps({"__metadata__": {"sda": json.dumps(header)}}))
    assert "other.sda" in refused("info", tmp_path / "other.sda")
