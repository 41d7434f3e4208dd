"""Job files: what is written is read again, with the keys of earlier versions."""

from pathlib import Path

import pytest

from sda_lib.runs.job import GrowOptions, Job


def test_a_growth_is_read_from_its_file():
    options = GrowOptions(Path("/models/a.sda"), minutes=2.0, steps=3, keep=0.7)
    job = Job("b", (Path("/sounds/x.wav"), Path("/sounds/y")), Path("/models/b.sda"), growing=options, sliders=False)
    plain = job.to_plain()
    assert plain["growing"] == {"origin": "/models/a.sda", "minutes": 2.0, "steps": 3, "keep": 0.7, "seed": 0}
    assert Job.from_plain(plain) == job


def test_a_training_is_read_from_its_file():
    assert Job.from_plain({"name": "a", "corpus": "/sounds", "out": "/a.sda"}) == Job(
        "a", (Path("/sounds"),), Path("/a.sda")
    )


def test_a_job_keeps_its_number_of_processes(tmp_path):
    job = Job("a", (tmp_path,), Path("/a.sda"), processes=2)
    assert Job.from_plain(job.to_plain()) == job
    assert "processes" not in Job("a", (Path("/sounds"),), Path("/a.sda")).to_plain()
    for wrong in (0, 1025, 1.5, "2"):
        with pytest.raises(ValueError, match="processes"):
            Job.from_plain({**job.to_plain(), "processes": wrong})
