"""Instruments, parsed here by code that is independent of the code that writes them."""

import contextlib
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from sda_lib.analysis.pitch import Pitch
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.tags import Loop
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery
from sda_lib.export.instruments import LONGEST_NAME, InstrumentSettings, sample_name, unique_names, write_instrument
from sda_lib.export.keymap import SoundFacts, by_pitch, chromatic
from sda_lib.export.loop_quality import measure_seam
from sda_lib.export.write import write_clip

RATE = 44100
DEMO = Path(__file__).parents[2] / "data/demo"


def tone(folder, name, note, gain=0.2, seconds=1.2):
    hertz, time = 440 * 2 ** ((note - 69) / 12), np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 7)) * np.minimum(time / 0.05, 1)
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / name, gain * wave, RATE, subtype="PCM_24")
    return folder / name


def sfz_regions(path):
    """Regions of an SFZ file as dicts: headers in angle brackets, opcodes up to the next one or the line's end."""
    regions, own = [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("//")[0].strip()
        if header := re.fullmatch(r"<(\w+)>", line):
            own = {}
            if header[1] == "region":
                regions.append(own)
            continue
        own = {} if own is None else own
        own.update(re.findall(r"(\w+)=(.*?)(?=\s+\w+=|$)", line))
    return regions


def dspreset_samples(path):
    root = ElementTree.parse(path).getroot()
    assert root.tag == "DecentSampler"
    return [sample.attrib for sample in root.findall("./groups/group/sample")]


def in_semitones(region):
    """Return the pitch of a sample, as its region's root key and tuning state it."""
    return int(region["pitch_keycenter"]) - int(region["tune"]) / 100


def test_tones_get_the_keys_of_their_pitches_and_fill_the_gaps(tmp_path):
    notes = {"low é.wav": 40.2, "mid tone.wav": 52, "音.wav": 59.7, "high & <.wav": 76.35}
    sounds = [tone(tmp_path / "in", name.replace("<", "lt"), note) for name, note in notes.items()]
    zones = write_instrument(sounds, tmp_path / "out", InstrumentSettings("Töne & mehr"))
    regions = sfz_regions(tmp_path / "out" / "Töne & mehr.sfz")
    assert [int(one["pitch_keycenter"]) for one in regions] == [40, 52, 60, 76]
    assert [(int(one["lokey"]), int(one["hikey"])) for one in regions] == [(0, 46), (47, 56), (57, 68), (69, 127)]
    for region, note in zip(regions, notes.values(), strict=True):
        assert abs(in_semitones(region) - note) < 0.03
        assert (region["lovel"], region["hivel"], region["loop_mode"]) == ("1", "127", "no_loop")
        sample = tmp_path / "out" / region["sample"]
        assert WavInfoReader(str(sample)).smpl.midi_note == int(region["pitch_keycenter"])
    assert (tmp_path / "out" / "samples" / "音.wav").is_file()
    preset = dspreset_samples(tmp_path / "out" / "Töne & mehr.dspreset")
    for sample, region in zip(preset, regions, strict=True):
        assert sample["path"] == region["sample"]
        assert (sample["rootNote"], sample["loNote"], sample["hiNote"]) == (
            region["pitch_keycenter"], region["lokey"], region["hikey"],
        )  # fmt: skip
        assert round(100 * float(sample["tuning"])) == int(region["tune"])
    assert all(zone.confidence > 0.9 for zone in zones)
    assert not list((tmp_path / "out").rglob("*.part*"))


def test_what_a_kill_just_after_the_placing_left_is_deleted(tmp_path):
    """The next act writes into the instrument, or refuses to; either way it clears the folder above."""
    sounds = [tone(tmp_path, "a.wav", 60)]
    for force in (True, False):
        write_instrument(sounds, tmp_path / "kit", InstrumentSettings("kit"), force=True)
        left = tmp_path / ".kit.999999999.part"
        left.mkdir()
        with contextlib.nullcontext() if force else pytest.raises(SdaError, match="exists"):
            write_instrument(sounds, tmp_path / "kit", InstrumentSettings("kit"), force)
        assert not left.exists()


def test_sounds_of_one_key_share_its_velocities_by_loudness(tmp_path):
    gains = {"loud": 0.25, "soft": 0.02, "middle": 0.08}
    sounds = [tone(tmp_path / "in", f"{name}.wav", 57 + 0.1 * gain, gain) for name, gain in gains.items()]
    write_instrument(sounds, tmp_path / "out", InstrumentSettings("layers"))
    found = {Path(one["sample"]).stem: one for one in sfz_regions(tmp_path / "out" / "layers.sfz")}
    ranges = [(int(found[name]["lovel"]), int(found[name]["hivel"])) for name in ("soft", "middle", "loud")]
    assert ranges == [(1, 42), (43, 85), (86, 127)]
    assert {one["pitch_keycenter"] for one in found.values()} == {"57"}
    assert {(one["lokey"], one["hikey"]) for one in found.values()} == {("0", "127")}


def test_recordings_without_a_pitch_get_keys_outside_of_the_tones(tmp_path):
    names = ["tabla_ghe6", "elec_cymbal", "ambi_glass_rub", "perc_snap", "elec_hi_snare"]
    write_instrument([DEMO / f"{name}.flac" for name in names], tmp_path, InstrumentSettings("demo", start=50))
    regions = dict(zip(names, sfz_regions(tmp_path / "demo.sfz"), strict=True))
    keys = {name: range(int(one["lokey"]), int(one["hikey"]) + 1) for name, one in regions.items()}
    assert (keys["tabla_ghe6"], keys["ambi_glass_rub"]) == (range(30, 61), range(61, 91))
    assert [list(keys[name]) for name in ("elec_cymbal", "perc_snap", "elec_hi_snare")] == [[91], [92], [93]]
    for name, one in regions.items():
        clip, back = read_clip(DEMO / f"{name}.flac"), read_clip(tmp_path / one["sample"])
        assert back.samples.shape == clip.samples.shape
        assert np.corrcoef(back.samples.ravel(), clip.samples.ravel())[0, 1] > 0.9999


def test_loops_come_from_the_files_or_are_searched(tmp_path):
    clip = read_clip(tone(tmp_path / "in", "held.wav", 60))
    given = write_clip(clip, tmp_path / "in" / "given.wav", Delivery(loop=Loop(20000, 40000)))
    sounds = [tmp_path / "in" / "held.wav", given, DEMO / "elec_beep.flac"]
    write_instrument(sounds, tmp_path / "out", InstrumentSettings("loops", "chromatic", search_loops=True, start=60))
    found, own, short = sfz_regions(tmp_path / "out" / "loops.sfz")
    assert (own["loop_mode"], own["loop_start"], own["loop_end"]) == ("loop_continuous", "20000", "40000")
    assert short["loop_mode"] == "no_loop"
    assert [one["lokey"] for one in (found, own, short)] == ["60", "61", "62"]
    loop = Loop(int(found["loop_start"]), int(found["loop_end"]))
    path = tmp_path / "out" / found["sample"]
    [read] = WavInfoReader(str(path)).smpl.sample_loops
    assert (read.start, read.end) == (loop.first, loop.last)
    assert measure_seam(read_clip(path), loop).jump < 3
    preset = dspreset_samples(tmp_path / "out" / "loops.dspreset")
    assert [one["loopEnabled"] for one in preset] == ["true", "true", "false"]
    assert (int(preset[0]["loopStart"]), int(preset[0]["loopEnd"])) == (loop.first, loop.last)
    write_instrument(sounds[:1], tmp_path / "plain", InstrumentSettings("plain", kinds=("sfz",)))
    assert sfz_regions(tmp_path / "plain" / "plain.sfz")[0]["loop_mode"] == "no_loop"
    assert not (tmp_path / "plain" / "plain.dspreset").exists()


def test_a_loop_beyond_the_end_of_its_file_is_ignored(tmp_path):
    path = write_clip(AudioClip(np.full((1, 9000), 0.1), RATE), tmp_path / "x.wav", Delivery(loop=Loop(100, 9000)))
    [zone] = write_instrument([path], tmp_path / "out", InstrumentSettings("x"))
    assert zone.loop is None


def test_names_are_numbered_and_nothing_is_replaced_without_force(tmp_path):
    one, two = tone(tmp_path / "a", "Same Name.wav", 60), tone(tmp_path / "b", "same name.wav", 67)
    write_instrument([one, two], tmp_path / "out", InstrumentSettings("first"))
    with pytest.raises(SdaError, match=r"first\.dspreset exists; replace it with --force"):
        write_instrument([two], tmp_path / "out", InstrumentSettings("first"))
    write_instrument([two], tmp_path / "out", InstrumentSettings("second"))
    names = {path.name for path in (tmp_path / "out/samples").iterdir()}
    assert names == {"Same Name.wav", "same name-2.wav", "same name-3.wav"}
    write_instrument([two], tmp_path / "out", InstrumentSettings("first"), force=True)
    assert [one["pitch_keycenter"] for one in sfz_regions(tmp_path / "out" / "first.sfz")] == ["67"]


def test_names_keep_any_script_and_lose_forbidden_characters():
    assert sample_name("Glöckchen 鈴 (1)") == "Glöckchen 鈴 (1)"
    assert sample_name("a/b\\c:d=e$f\n") == "a_b_c_d_e_f_"
    assert sample_name(" .. ") == "sound"
    assert len(sample_name("x" * 400)) == LONGEST_NAME
    assert unique_names(["a", "A", "a-2", "é", "é"]) == ["a", "A-2", "a-2-2", "é", "é-2"]


def test_a_full_disk_leaves_no_instrument(tmp_path, full_disk):
    sound = tone(tmp_path / "in", "a.wav", 60)
    with full_disk(), pytest.raises(SdaError, match="can't be written"):
        write_instrument([sound], tmp_path / "out", InstrumentSettings("x"))
    assert not list((tmp_path / "out").glob("*.*"))


def test_invalid_instruments_are_refused(tmp_path):
    noise = SoundFacts(Pitch(0, 0), -20)
    with pytest.raises(SdaError, match="at least one sound"):
        write_instrument([], tmp_path, InstrumentSettings("x"))
    with pytest.raises(SdaError, match="no map 'drum'; there are pitch, chromatic"):
        InstrumentSettings("x", "drum")
    with pytest.raises(SdaError, match="some of sfz, dspreset"):
        InstrumentSettings("x", kinds=("sf2",))
    with pytest.raises(SdaError, match="can't name an instrument"):
        InstrumentSettings("../x")
    with pytest.raises(SdaError, match="start lower or use fewer"):
        chromatic([noise] * 10, 120)
    assert len({keys.root for keys in by_pitch([noise] * 128)}) == 128
    with pytest.raises(SdaError, match="leave 128 keys for 129 sounds"):
        by_pitch([noise] * 129)
    with pytest.raises(SdaError, match="there are 127 velocities"):
        by_pitch([SoundFacts(Pitch(440, 1), -20)] * 128)
