"""The pitched corpus has a score."""


def test_the_score_has_seven_notes_of_twelve_instruments():
    from pitched import NOTES, score

    notes = score()
    assert len({note.name for note in notes}) == len(notes) == 12 * NOTES
