"""`sda sweep`: prints the best of all combinations, continues, and refuses what can't be tried in one sentence."""

import re

import pytest

pytestmark = pytest.mark.slow

SMALL = ["--set", "codec.codebook_size=8", "--set", "train.shift=0", "--set", "memory.detail=0", "--minutes", 0]


def test_it_prints_the_best_and_writes_tables_report_and_model(ok, tiny_corpus, tmp_path):
    command = ["sweep", tiny_corpus, "--grid", "codec.levels=2,3", "--seeds", 1, "--out", "s", *SMALL]
    said = ok(*command)
    assert "2 trainings of 2 combinations." in said
    assert re.search(r"tiny, codec\.levels=3, seed 0: step 0 of 0, distance \d+\.\d+ \[100%\]", said)
    assert len(re.findall(r"^\* +\d+\.\d{3}  step 0 of 0  codec\.levels=[23]$", said, re.MULTILINE)) == 1
    assert said.endswith("s/report.html\ns/tiny.sda\n")
    assert {path.name for path in (tmp_path / "s").iterdir() if path.name[0] != "."} == {
        "sweep.json", "sweep.csv", "results.json", "report.html", "tiny.sda", "trials",
    }  # fmt: skip
    again = ok("-q", *command)
    assert again.splitlines()[-2:] == ["s/report.html", "s/tiny.sda"]
    assert "seed 0:" not in again


def test_what_cannot_be_tried_is_one_sentence(refused, tiny_corpus):
    grid = ["--grid", "codec.levels=2,3", "--out", "s"]
    assert "There is no folder" in refused("sweep", "missing", *grid)
    assert "near names" in refused("sweep", tiny_corpus, "--grid", "codec.level=2", "--out", "s")
    assert "give --seeds" in refused("sweep", tiny_corpus, "--grid", "train.seed=1,2", "--out", "s")
    assert "no address of a scheduler" in refused("sweep", tiny_corpus, *grid, "--scheduler", "nowhere")
    assert "no scheduler at" in refused("sweep", tiny_corpus, *grid, "--scheduler", "127.0.0.1:1")
