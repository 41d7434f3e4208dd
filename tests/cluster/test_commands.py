"""Commands with a scheduler: the files of this computer's own processes, from workers with other disks."""

import pytest

pytestmark = pytest.mark.slow

MADE = ["-n", 3, "--seconds", 0.3, "--list", "--no-sheet", "--name", "{index}"]


@pytest.fixture(scope="module")
def scheduler(by_hand):
    return by_hand


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.wav"))}


def test_generated_files_are_those_of_this_computer(ok, scheduler, tiny_model_path, tmp_path):
    here = ok("generate", tiny_model_path, *MADE, "--out", "here", "--workers", 1)
    there = ok("generate", tiny_model_path, *MADE, "--out", "there", "--scheduler", scheduler)
    local = ok("generate", tiny_model_path, *MADE, "--out", "local", "--scheduler", "local", "--workers", 2)
    assert here == there.replace("there", "here") == local.replace("local", "here")
    assert contents(tmp_path / "here") == contents(tmp_path / "there") == contents(tmp_path / "local")
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == [
        "0.wav", "1.wav", "2.wav", "manifest.csv", "manifest.json",
    ]  # fmt: skip
    again = ok("generate", tiny_model_path, *MADE, "--out", "there", "--scheduler", scheduler)
    assert again.count("(was there)") == 3


@pytest.mark.long
def test_several_models_are_measured_by_workers(ok, refused, scheduler, tiny_model_path):
    one = ok("health", tiny_model_path)
    assert ok("health", tiny_model_path, tiny_model_path, "--scheduler", scheduler) == 2 * one
    assert "name one model" in refused("health", tiny_model_path, tiny_model_path, "--report", "x.html")


@pytest.mark.parametrize("command", [("generate",), ("health",)])
def test_what_is_wrong_with_a_scheduler_is_one_sentence(refused, tiny_model_path, command, monkeypatch):
    assert "no address of a scheduler" in refused(*command, tiny_model_path, "--scheduler", "nowhere")
    assert "There is no scheduler at 127.0.0.1:1;" in refused(*command, tiny_model_path, "--scheduler", "127.0.0.1:1")
