"""Stems of the current sound."""

import numpy as np
import pytest
import soundfile

from sda_widgets.session.stem_split import usual_groups


@pytest.mark.parametrize(("levels", "groups"), [(12, "0-1,2-5,6-"), (7, "0-1,2-5,6-"), (4, "0-1,2-"), (1, "0")])
def test_groups_hold_all_levels(levels, groups):
    from sda_lib.editing.stems import parse_groups

    assert usual_groups(levels) == groups
    assert parse_groups(groups, levels)[-1][1] == levels


def test_stems_add_up_to_the_sound_and_become_layers(session, finished):
    session.stems.split(session.sound, "0-1,2-5,6-")
    finished(session.stems)
    assert session.message == ""
    files = session.stems.files
    assert len(files) == 3
    assert session.exports.path == files[-1]
    parts = [soundfile.read(path, always_2d=True)[0] for path in files]
    whole = session.sound.clip.samples.T
    length = min(len(whole), *map(len, parts))
    total, whole = sum(part[:length] for part in parts), whole[:length]
    scale = (total * whole).sum() / np.square(whole).sum()  # one gain for all stems
    assert 0 < scale <= 1.001
    assert np.abs(total - scale * whole).max() < 1e-3
    session.stems.add_as_layers()
    assert [one.path for one in session.layers.places] == list(files)


def test_other_groups_are_refused(session):
    session.stems.split(session.sound, "2-5")
    assert "must hold all levels" in session.message
    assert session.stems.files == ()
