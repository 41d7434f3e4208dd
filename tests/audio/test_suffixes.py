"""Every format that libsndfile reads has its suffix in the list."""

import soundfile

from sda_lib.audio.suffixes import MEDIA_SUFFIXES, SOUND_SUFFIXES, is_media, is_readable, is_sound


def test_all_formats_of_libsndfile_are_listed():
    formats = {f".{name.lower()}" for name in soundfile.available_formats()} - {".raw"}
    assert formats <= SOUND_SUFFIXES
    assert not SOUND_SUFFIXES & MEDIA_SUFFIXES


def test_a_suffix_decides_in_any_case():
    assert all(map(is_sound, ("KICK.WAV", "field.bwf", "b.amb", "phone.M4A")))
    assert not any(map(is_sound, ("notes.txt", "wav", "list.m3u8")))
    assert is_media("Phone.M4A")
    assert not is_media("KICK.WAV")
    assert is_readable("KICK.WAV")
