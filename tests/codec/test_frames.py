"""Frames that are made where they are needed are those of the whole sound, and decode to the same samples."""

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.codec.frames import CodeStream
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def codes(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


def test_slices_are_those_of_all_latents(model, codes):
    frames, whole = model.frames_of(codes), model.embed(codes)
    assert len(frames) == codes.frames
    for some in (slice(0, 5), slice(7, 9), slice(3, 3), slice(10, None), slice(None)):
        assert torch.equal(frames[some], whole[some])
    latents = model.as_latents(codes)
    assert model.frames_of(latents) is latents.values


def test_a_stream_of_codes_decodes_as_the_codes_do(model, codes):
    asked = []

    def part(first, end):
        asked.append(end - first)
        return codes.indices[:, first:end]

    stream = CodeStream(part, codes.frames, codes, codes.natural_length)
    assert stream.codes().is_same(codes)
    assert (stream.frames, stream.samples, stream.kind) == (codes.frames, codes.samples, codes.kind)
    asked.clear()
    window = model.decode_window(stream, 20, 22, quality="export")
    assert np.array_equal(window.samples, model.decode_window(codes, 20, 22, quality="export").samples)
    blocks = np.concatenate([clip.samples for clip in model.decode_blocks(stream)], 1)
    assert np.array_equal(blocks, model.decode(codes).samples)
    assert max(asked) <= codes.frames


def test_blocks_of_some_frames_are_those_of_the_whole(model, codes, monkeypatch):
    from sda_lib.model import model as module

    monkeypatch.setattr(module, "BLOCK_FRAMES", 8)
    whole = model.decode(codes).samples
    blocks = [clip.samples for clip in model.decode_blocks(codes, first=5, end=21)]
    begin, stop = codes.sample_of(5), codes.sample_of(21)
    assert [round(block.shape[1] / model.hop) for block in blocks] == [3, 8, 5]
    assert np.array_equal(np.concatenate(blocks, 1), whole[:, begin:stop])
