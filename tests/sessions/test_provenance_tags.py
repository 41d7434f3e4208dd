"""Provenance: the tags of any format say how a file was made, and it can be made again bit for bit."""

import dataclasses
import json

import numpy as np
import pytest
import soundfile
import torch

from sda_lib.audio.tags import PROVENANCE_TAG, read_tags
from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.export.write import write_clip
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


def write_sound(model, codes, path, finish=None, **more):
    return provenance_tags.write_with_provenance(
        model, Provenance(codes, finish=finish or Finish(), **more), path, {"artist": "ü 名 🙂"}
    )


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "opus"])
def test_every_format_holds_its_provenance(model, codes, tmp_path, suffix):
    finish = Finish(Effects(tilt=2), Space("binaural", place=Place(30)), Delivery(16))
    path = write_sound(model, codes, tmp_path / f"one.{suffix}", finish, source_amount=0.5, fades=True)
    found = read_provenance(path)
    assert found.sound.is_same(codes)
    assert (found.finish, found.source_amount, found.fades) == (finish, 0.5, True)
    assert found.model == {"name": "tiny", **model.fingerprints}
    tags = read_tags(path)
    assert tags["artist"] == "ü 名 🙂"
    assert tags["recipe"] == model.recipe.fingerprint


def test_a_file_is_made_again_bit_for_bit(model, codes, tmp_path):
    finish = Finish(Effects(reverb=0.3, room=0.2), Space("stereo", width=1.4), Delivery(24, 44100, lufs=-20.0))
    first = write_sound(model, codes, tmp_path / "one.wav", finish, fades=True)
    again = provenance_tags.write_with_provenance(model, read_provenance(first), tmp_path / "two.wav", read_tags(first))
    assert first.read_bytes() == again.read_bytes()
    other = write_sound(
        model, codes.with_indices((codes.indices + 1) % codes.codebook_size), tmp_path / "three.wav", finish
    )
    assert first.read_bytes() != other.read_bytes()


def test_a_written_sound_equals_the_generated_clip(model, codes, tmp_path):
    take = generate(model, GenerateOptions(0.7, 3, quality="export"))
    found = Provenance(take.codes, fades=True, finish=Finish(delivery=Delivery(32, ceiling_db=0)))
    path = provenance_tags.write_with_provenance(model, found, tmp_path / "one.wav")
    plain = write_clip(take.clip, tmp_path / "two.wav", Delivery(32, ceiling_db=0))
    assert np.array_equal(soundfile.read(path)[0], soundfile.read(plain)[0])


def test_latents_are_stored_too(model, tmp_path):
    values = torch.linspace(-1, 1, model.recipe.codec.latent_dim * 5).reshape(5, -1)
    sound = Latents(values, 5 * model.hop - 17, model.hop, model.sample_rate)
    first = write_sound(model, sound, tmp_path / "one.flac")
    found = read_provenance(first)
    assert torch.equal(found.sound.values, values)
    assert found.sound.samples == sound.samples
    again = provenance_tags.write_with_provenance(model, found, tmp_path / "two.flac", read_tags(first))
    assert first.read_bytes() == again.read_bytes()


def test_the_model_is_found_or_refused(model, codes, tiny_model_path, tmp_path):
    provenance = read_provenance(write_sound(model, codes, tmp_path / "one.wav"))
    found, path = provenance_tags.find_sound_model(provenance, [tmp_path, tiny_model_path.parent])
    assert path == tiny_model_path
    assert found.fingerprints == model.fingerprints
    assert provenance_tags.find_sound_model(provenance, [tmp_path]) is None
    bare = model.without_memory()
    assert "with other contents" in provenance_tags.sound_mismatch(bare, provenance)
    assert provenance_tags.sound_mismatch(bare, dataclasses.replace(provenance, source_amount=0.0)) == ""


def test_keys_tell_requests_apart(model, codes, tmp_path):
    request = provenance_tags.request_facts(GenerateOptions(0.7, 3, controls={"density": 0.2}))
    assert request == {"seconds": 0.7, "seed": 3, "controls": {"density": 0.2}}
    path = write_sound(model, codes, tmp_path / "one.wav", request=request)
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


def test_files_without_or_with_damaged_provenance_are_refused(model, codes, tmp_path):
    clip = model.decode(codes)
    assert provenance_tags.provenance_key(tmp_path / "none.wav") is None
    with pytest.raises(SdaError, match="do not say how it was made"):
        read_provenance(write_clip(clip, tmp_path / "plain.wav"))
    plain = json.loads(provenance_text(Provenance(codes)))
    assert isinstance(read_provenance(write_sound(model, codes, tmp_path / "good.wav")).sound, Codes)
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


def test_sounds_of_another_model_are_refused(model, codes, tmp_path):
    values = torch.zeros(4, model.recipe.codec.latent_dim + 1)
    other = dataclasses.replace(codes, codebook_size=codes.codebook_size * 2)
    for sound in (Latents(values, 3 * model.hop, model.hop, model.sample_rate), other):
        with pytest.raises(SdaError, match="another model"):
            write_sound(model, sound, tmp_path / "x.wav")
    assert not list(tmp_path.iterdir())


def test_comments_that_people_read_hold_no_provenance(model, codes, tmp_path):
    path = write_sound(model, codes, tmp_path / "one.wav")
    with soundfile.SoundFile(path) as file:
        assert '"codes"' not in file.copy_metadata()["comment"]
    assert provenance_tags.provenance_key(path)


@pytest.mark.parametrize("placement", [{"lead": 900}, {"gain": -0.3}, {"rate": 1.3, "lead": 7}], ids=str)
def test_lead_gain_and_rate_are_stored(model, codes, tmp_path, placement):
    end = codes.frames * codes.hop - placement.get("lead", 0) - 100
    sounds = dataclasses.replace(codes, length=end, **placement), model.latents(model.embed(codes), end)
    for sound in (sounds[0], dataclasses.replace(sounds[1], **placement)):
        path = write_sound(model, sound, tmp_path / "one.wav")
        found = read_provenance(path)
        assert found.sound.timing == sound.timing
        again = provenance_tags.write_with_provenance(model, found, tmp_path / "two.wav", read_tags(path))
        assert path.read_bytes() == again.read_bytes()
