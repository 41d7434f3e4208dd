"""Kept results of blind comparisons."""

from sda_lib.comparison.blind import AbxTrials, BlindVotes
from sda_lib.comparison.vote_log import keep_result, kept_in_words, kept_results


def test_results_are_kept_one_after_the_other(tmp_path):
    path = tmp_path / "home/votes.jsonl"
    assert kept_results(path) == []
    keep_result(path, BlindVotes(("A", "B")), ("rain", "snow"))  # nothing was answered
    assert not path.exists()
    votes = BlindVotes(("A", "B"), 1).answer("2")
    keep_result(path, votes, ("rain", "snow"))
    keep_result(path, AbxTrials(("A", "C"), 1).answer("C"))
    first, second = kept_results(path)
    assert (first["votes"], first["titles"]) == (list(votes.votes), ["rain", "snow"])
    assert (second["kind"], second["answers"]) == ("abx", ["C"])


def test_a_result_is_a_line_of_words(tmp_path):
    path = tmp_path / "votes.jsonl"
    keep_result(path, BlindVotes(("A", "B"), 1, ("B", "B", "A")), ("rain", "snow"))
    trials = AbxTrials(("A", "B"), 1)
    for _ in range(5):
        trials = trials.answer(trials.order[2])
    keep_result(path, trials)
    votes, abx = map(kept_in_words, kept_results(path))
    assert votes.endswith("votes A 1, B 2  (A: rain, B: snow)")
    assert abx.endswith("ABX 5 of 5 right, p = 0.031  (A, B)")
    assert kept_in_words({"names": 3, "votes": {}, "kind": []}).endswith("()")


def test_what_a_kill_has_cut_off_spoils_no_other_result(tmp_path):
    path = tmp_path / "votes.jsonl"
    keep_result(path, BlindVotes(("A", "B"), 1).answer("1"))
    with path.open("a") as file:
        file.write('{"kind": "vo')
    keep_result(path, BlindVotes(("A", "B"), 1).answer("2"))
    assert [one["kind"] for one in kept_results(path)] == ["votes", "votes"]
