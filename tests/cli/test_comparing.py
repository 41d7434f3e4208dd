"""`sda compare`."""

import json
import webbrowser

import pytest
import soundfile

from sda_lib.comparison.blind import BlindVotes
from sda_lib.comparison.vote_log import keep_result


@pytest.fixture
def pair(tiny_corpus):
    return tiny_corpus / "pluck.wav", tiny_corpus / "rain.wav"


def test_sounds_are_compared_as_a_table_and_as_json(ok, pair):
    lines = ok("compare", *pair).splitlines()
    found = json.loads(ok("compare", *pair, "--json"))
    assert lines[0].split() == ["pluck", "rain"]
    assert list(found["sounds"]) == ["pluck", "rain"]
    assert found["sounds"]["pluck"]["pitch"] == pytest.approx(220, abs=1)
    assert found["sounds"]["rain"]["pitch"] is None
    assert found["distances"]["rain"].keys() == {"mel", "spectrum", "shift"}
    after = [found["sounds"][name]["loudness"] + found["sounds"][name]["gain"] for name in ("pluck", "rain")]
    assert after == pytest.approx([found["loudness"]] * 2, abs=0.05)
    gains = json.loads(ok("compare", *pair, "--json", "--as-they-are"))["sounds"]
    assert gains["pluck"]["gain"] == gains["rain"]["gain"] == 0


def test_a_report_is_written_and_opened(ok, refused, pair, tmp_path, monkeypatch, checked_html):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    out = tmp_path / "report.html"
    assert ok("compare", *pair, "-o", out, "--open").splitlines()[-1] == str(out)
    assert opened == [out.as_uri()]
    assert checked_html(out.read_text()).count("<audio") == 2
    assert "--force" in refused("compare", *pair, "-o", out)
    ok("-q", "compare", *pair, "-o", out, "--force")


def test_names_of_files_are_told_apart(ok, tiny_corpus, tmp_path):
    samples, rate = soundfile.read(tiny_corpus / "pluck.wav")
    (tmp_path / "other").mkdir()
    for name in ("pluck.wav", "pluck.flac", "other/pluck.wav"):
        soundfile.write(tmp_path / name, samples, rate)
    names = lambda *files: list(json.loads(ok("compare", *files, "--json"))["sounds"])  # noqa: E731
    assert names("pluck.wav", "pluck.flac") == ["pluck.wav", "pluck.flac"]
    assert names("pluck.wav", "other/pluck.wav") == ["pluck.wav", "other/pluck.wav"]
    assert names("pluck.wav", "pluck.wav") == ["pluck 1", "pluck 2"]


def test_what_cannot_be_compared_is_refused(refused, pair, tmp_path):
    assert "two sounds" in refused("compare", pair[0])
    assert "--out" in refused("compare", *pair, "--open")
    assert "html" in refused("compare", *pair, "-o", tmp_path / "report.pdf")
    assert "26" in refused("compare", *[pair[0]] * 27)
    (tmp_path / "text.wav").write_text("no sound")
    assert "text.wav" in refused("compare", pair[0], tmp_path / "text.wav")
    assert not (tmp_path / "report.pdf").exists()


def test_blind_files_are_told_apart_by_listening_alone(ok, refused, tiny_corpus):
    files = [tiny_corpus / f"{name}.wav" for name in ("pluck", "rain", "sweep")]
    orders = set()
    for _ in range(8):
        said = ok("compare", *files, "--blind", "blind", "--force")
        assert said.split() == ["blind/1.wav", "blind/2.wav", "blind/3.wav", "blind/key.json"]
        facts = {(info.frames, info.samplerate, info.channels) for info in map(soundfile.info, said.split()[:3])}
        assert len(facts) == 1
        with open("blind/key.json") as file:
            orders.add(tuple(json.load(file).values()))
    assert len(orders) > 1
    assert set(orders.pop()) == {"pluck", "rain", "sweep"}
    assert "--force" in refused("compare", *files, "--blind", "blind")
    assert "alone" in refused("compare", *files, "--blind", "other", "--json")


def test_kept_votes_are_listed(ok, tmp_path):
    assert "none yet" in ok("votes")
    keep_result(tmp_path / "data/votes.jsonl", BlindVotes(("A", "B"), 1, ("B",)), ("rain", "snow"))
    assert "votes A 0, B 1  (A: rain, B: snow)" in ok("votes")
    assert json.loads(ok("votes", "--json"))[0]["votes"] == ["B"]
