"""The status line: title and notice, or an error message."""

import json

from sda_lib.decoder_version import DECODER_VERSION
from sda_widgets.status_line import StatusLine, error_mark


def reopened_as_made_by(session, decoder):
    """Save the sound as a session of another decoder version (None: of before the versions), and open it."""
    path = session.files.save(session.sound)
    plain = json.loads(path.read_text())
    del plain["decoder"]
    path.write_text(json.dumps(plain if decoder is None else {**plain, "decoder": decoder}))
    session.files.open(path, session.sound)
    assert session.message == ""


def test_a_session_of_before_says_that_it_is_decoded_anew_until_the_next_action(session):
    line = StatusLine(session)
    reopened_as_made_by(session, None)
    note = f"Made by decoder 1; this version decodes with {DECODER_VERSION}, so it can sound slightly different."
    assert line.value == f"<span>{session.sound.title} · {note}</span>"
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert line.value == f"<span>{session.sound.title}</span>"


def test_a_session_of_today_says_nothing_and_a_newer_one_asks_for_an_update(session):
    line = StatusLine(session)
    reopened_as_made_by(session, DECODER_VERSION)
    assert session.notice == ""
    reopened_as_made_by(session, 7)
    assert f"Made by decoder 7; this version decodes with {DECODER_VERSION}" in line.value
    assert "; update SDA to play it as it was." in line.value


def test_an_older_model_says_so_when_it_is_opened(session):
    assert session.notice == ""  # this one was made with today's decoder
    session.model.with_header(decoder=1).save(session.model_path)
    session.open_model(session.model_path)
    assert session.notice.startswith(f"tiny was made by decoder 1; this version decodes with {DECODER_VERSION}")
    assert session.sound.clip is not None


def test_the_error_mark_follows_the_message_and_a_change_beside_it_takes_it_back(session):
    mark = error_mark(session)
    session.report("That folder is empty.", "a-widget")
    assert (mark.sentence, mark.control) == ("That folder is empty.", "a-widget")
    mark._handle_custom_msg("mended", [])
    assert (session.message, mark.sentence) == ("", "")
