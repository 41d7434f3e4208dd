"""Every format that libsndfile reads has its suffix in the list."""

import soundfile

from sda_lib.audio.suffixes import SOUND_SUFFIXES, UNREADABLE_SUFFIXES, is_sound


def test_all_formats_of_libsndfile_are_listed():
    formats = {f".{name.lower()}" for name in soundfile.available_formats()} - {".raw"}
    assert formats <= SOUND_SUFFIXES
    assert not SOUND_SUFFIXES & UNREADABLE_SUFFIXES


def test_a_suffix_decides_in_any_case():
    assert all(map(is_sound, ("KICK.WAV", "field.bwf", "b.amb")))
    assert not any(map(is_sound, ("phone.m4a", "notes.txt", "wav")))
