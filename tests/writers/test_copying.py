"""How much of what a model writes is copied."""

from sda_lib.writers.copying import copying


def test_both_writers_are_measured_by_waveform_and_by_codes(model):
    recorded = [model.memory.codes[:, model.memory.piece == piece].numpy() for piece in range(3)]
    found = copying(model, recorded)
    assert {one.writer for one in found} >= {"prior"}
    for one in found:
        assert 0 <= one.waveform <= 1
        assert 0 <= one.share <= 1


def test_without_recordings_there_is_no_waveform_to_compare(model):
    bare = model.without_memory()
    for one in copying(bare, []):
        assert one.waveform is None


def test_nothing_is_measured_without_anything_known(plain):
    assert copying(plain.without_memory(), []) == ()
