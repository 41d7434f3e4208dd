"""A folder of models, each with a header and no more."""

import json
import struct

import pytest

from sda_lib.model.header import FORMAT


@pytest.fixture
def put(tmp_path):
    """Write a model file with a header of these facts; returns its path."""

    def put(name, created="2026-01-01T00:00:00+00:00", minutes=1.0, bottleneck="rvq", folder="models", **facts):
        header = {
            "format": FORMAT, "name": name, "created": created, "corpus": {"minutes": minutes, "files": 3},
            "metrics": {}, "recipe": {"codec": {"bottleneck": bottleneck}, "audio": {"sample_rate": 48000}}, **facts,
        }  # fmt: skip
        path = tmp_path / folder / f"{name}.sda"
        path.parent.mkdir(exist_ok=True)
        head = json.dumps({"__metadata__": {"sda": json.dumps(header)}}).encode()
        path.write_bytes(struct.pack("<Q", len(head)) + head)
        return path

    return put
