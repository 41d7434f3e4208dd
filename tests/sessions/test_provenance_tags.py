"""Origin: a file tells what it was made of, whatever its format, and is made again to the last bit."""

import dataclasses
import json

import numpy as np
import pytest
import soundfile
import torch

from sda_lib.audio.tags import PROVENANCE_TAG, read_tags
from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.export.effects import Effects
from sda_lib.export.finishing import Finish
from sda_lib.export.spatial import Place, Space
from sda_lib.export.write import Delivery, write_clip
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sessions import provenance_tags
from sda_lib.sessions.provenance_tags import Provenance, provenance_text, read_provenance
from sda_lib.writers.generate import compose_sound, generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def codes(model):
    return compose_sound(model, GenerateOptions(0.7, 3))


def made(model, codes, path, finish=None, **more):
    return provenance_tags.write_with_provenance(
        model, Provenance(codes, finish=finish or Finish(), **more), path, {"artist": "ü 名 🙂"}
    )


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "opus"])
def test_every_format_tells_how_it_was_made(model, codes, tmp_path, suffix):
    finish = Finish(Effects(tilt=2), Space("binaural", place=Place(30)), Delivery(16))
    path = made(model, codes, tmp_path / f"one.{suffix}", finish, source_amount=0.5, fades=True)
    told = read_provenance(path)
    assert told.sound.is_same(codes)
    assert (told.finish, told.source_amount, told.fades) == (finish, 0.5, True)
    assert told.model == {"name": "tiny", **model.fingerprints}
    tags = read_tags(path)
    assert tags["artist"] == "ü 名 🙂"
    assert tags["recipe"] == model.recipe.fingerprint


def test_it_is_made_again_to_the_last_bit(model, codes, tmp_path):
    finish = Finish(Effects(reverb=0.3, room=0.2), Space("stereo", width=1.4), Delivery(24, 44100, lufs=-20.0))
    first = made(model, codes, tmp_path / "one.wav", finish, fades=True)
    again = provenance_tags.write_with_provenance(model, read_provenance(first), tmp_path / "two.wav", read_tags(first))
    assert first.read_bytes() == again.read_bytes()
    other = made(model, codes.with_indices((codes.indices + 1) % codes.codebook_size), tmp_path / "three.wav", finish)
    assert first.read_bytes() != other.read_bytes()


def test_it_is_what_generate_plays(model, codes, tmp_path):
    take = generate(model, GenerateOptions(0.7, 3, quality="export"))
    told = Provenance(take.codes, fades=True, finish=Finish(delivery=Delivery(32, ceiling_db=0)))
    path = provenance_tags.write_with_provenance(model, told, tmp_path / "one.wav")
    plain = write_clip(take.clip, tmp_path / "two.wav", Delivery(32, ceiling_db=0))
    assert np.array_equal(soundfile.read(path)[0], soundfile.read(plain)[0])


def test_latents_are_told_too(model, tmp_path):
    values = torch.linspace(-1, 1, model.recipe.codec.latent_dim * 5).reshape(5, -1)
    sound = Latents(values, 5 * model.hop - 17, model.hop, model.sample_rate)
    first = made(model, sound, tmp_path / "one.flac")
    told = read_provenance(first)
    assert torch.equal(told.sound.values, values)
    assert told.sound.samples == sound.samples
    again = provenance_tags.write_with_provenance(model, told, tmp_path / "two.flac", read_tags(first))
    assert first.read_bytes() == again.read_bytes()


def test_the_model_is_found_or_refused(model, codes, tiny_model_path, tmp_path):
    told = read_provenance(made(model, codes, tmp_path / "one.wav"))
    found, path = provenance_tags.find_sound_model(told, [tmp_path, tiny_model_path.parent])
    assert path == tiny_model_path
    assert found.fingerprints == model.fingerprints
    assert provenance_tags.find_sound_model(told, [tmp_path]) is None
    bare = model.without_memory()
    assert "with other contents" in provenance_tags.sound_mismatch(bare, told)
    assert provenance_tags.sound_mismatch(bare, dataclasses.replace(told, source_amount=0.0)) == ""


def test_wishes_are_told_apart_by_what_was_asked(model, codes, tmp_path):
    request = provenance_tags.request_facts(GenerateOptions(0.7, 3, controls={"density": 0.2}))
    assert request == {"seconds": 0.7, "seed": 3, "controls": {"density": 0.2}}
    path = made(model, codes, tmp_path / "one.wav", request=request)
    same = Provenance(codes, request=request, model=provenance_tags.model_identity(model))
    assert provenance_tags.provenance_key(path) == same.key
    for other in (
        dataclasses.replace(same, request=provenance_tags.request_facts(GenerateOptions(0.7, 4))),
        dataclasses.replace(same, finish=Finish(Effects(tilt=1))),
        dataclasses.replace(same, model={**same.model, "codec": "0"}),
    ):
        assert provenance_tags.provenance_key(path) != other.key
    given = provenance_tags.request_facts(GenerateOptions(0.7, 3), codes)
    assert given != provenance_tags.request_facts(
        GenerateOptions(0.7, 3), compose_sound(model, GenerateOptions(0.7, 9))
    )


def test_files_that_tell_nothing_or_nonsense_are_one_sentence(model, codes, tmp_path):
    clip = model.decode(codes)
    assert provenance_tags.provenance_key(tmp_path / "none.wav") is None
    with pytest.raises(SdaError, match="do not say how it was made"):
        read_provenance(write_clip(clip, tmp_path / "plain.wav"))
    plain = json.loads(provenance_text(Provenance(codes)))
    assert isinstance(read_provenance(made(model, codes, tmp_path / "good.wav")).sound, Codes)
    broken = [
        "{",
        "[]",
        json.dumps({**plain, "source_amount": 7}),
        json.dumps({**plain, "codes": {**plain["codes"], "indices": "!!"}}),
        json.dumps({**plain, "codes": {**plain["codes"], "shape": [3, 1 << 40]}}),
        json.dumps({**plain, "codes": {**plain["codes"], "shape": [3, -4]}}),
        json.dumps({**plain, "finish": {"space": {"mode": 3}}}),
        json.dumps({**plain, "finish": {"delivery": {"color": 3}}}),
        json.dumps({**plain, "quality": "best"}),
    ]
    for number, text in enumerate(broken):
        path = write_clip(clip, tmp_path / f"{number}.wav", tags={PROVENANCE_TAG: text})
        with pytest.raises(SdaError):
            read_provenance(path)
    path = write_clip(clip, tmp_path / "new.wav", tags={PROVENANCE_TAG: json.dumps({**plain, "format": 99})})
    with pytest.raises(SdaError, match="newer SDA"):
        read_provenance(path)


def test_what_is_of_another_model_is_refused(model, codes, tmp_path):
    values = torch.zeros(4, model.recipe.codec.latent_dim + 1)
    other = dataclasses.replace(codes, codebook_size=codes.codebook_size * 2)
    for sound in (Latents(values, 3 * model.hop, model.hop, model.sample_rate), other):
        with pytest.raises(SdaError, match="another model"):
            made(model, sound, tmp_path / "x.wav")
    assert not list(tmp_path.iterdir())


def test_people_read_comments_without_what_is_for_programs(model, codes, tmp_path):
    path = made(model, codes, tmp_path / "one.wav")
    with soundfile.SoundFile(path) as file:
        assert '"codes"' not in file.copy_metadata()["comment"]
    assert provenance_tags.provenance_key(path)
