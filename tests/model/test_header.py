"""Headers: read without the tensors; foreign, cut-off and pickled files are refused."""

import json
import pickle
import struct

import pytest

from sda_lib.errors import SdaError
from sda_lib.model.header import FORMAT, peek, shareable
from sda_lib.model.model import SdaModel


def test_peek_reads_the_header_alone(tiny_model_path):
    header = peek(tiny_model_path)
    assert header["format"] == FORMAT
    assert header["corpus"]["files"] == 3
    assert header["metrics"]["held_out"] <= header["metrics"]["held_out_start"]


def broken(tmp_path, data):
    path = tmp_path / "broken.sda"
    path.write_bytes(data)
    return path


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an .sda"),
        (b"just some text, nothing more", "not an .sda"),
        (pickle.dumps({"weights": [1, 2, 3]}), "pickle"),
        (b"PK\x03\x04" + bytes(100), "pickle"),
        (struct.pack("<Q", 9) + b"not json!", "not an .sda"),
        (struct.pack("<Q", 2) + b"{}", "not an .sda"),
    ],
)
def test_foreign_files(tmp_path, data, message):
    path = broken(tmp_path, data)
    for reading in (peek, SdaModel.load):
        with pytest.raises(SdaError, match=message):
            reading(path)


def test_nothing_is_ever_unpickled(tmp_path):
    path = broken(tmp_path, pickle.dumps(Bomb()))
    with pytest.raises(SdaError):
        SdaModel.load(path)


def test_missing_file(tmp_path):
    with pytest.raises(SdaError, match="sda train"):
        SdaModel.load(tmp_path / "nowhere.sda")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
def test_truncated(tiny_model_path, tmp_path, share):
    data = tiny_model_path.read_bytes()
    path = broken(tmp_path, data[: int(len(data) * share)])
    for reading in (peek, SdaModel.load):
        with pytest.raises(SdaError, match="cut off"):
            reading(path)


def test_what_is_shared_names_no_folder(grouped_model_path):
    header = peek(grouped_model_path)
    assert header["corpus"]["categories"]["low"][0] == 4
    kept = json.dumps(shareable({**header, "recipe": {**header["recipe"], "files": {"include": ["low"]}}}))
    assert "low" not in kept.replace("lowest", "")
    assert "loud" not in kept
