"""`sda trace`."""

import json


def test_trace(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    rain = tiny_corpus / "rain.wav"
    said = ok("trace", rain, "-m", tiny_model_path, "--picture", "rain.png")
    assert "rain at 0.00 s" in said
    assert "100% of its 200-ms windows are a recording's own waveform; the longest passage is 1." in said
    assert "implies" not in said  # no novelty was chosen
    assert (tmp_path / "rain.png").is_file()
    traced = json.loads(ok("trace", rain, "-m", tiny_model_path, "--json"))
    assert traced["stretches"][0]["file"] == "rain"
    assert traced["originality"]["share"] == 1.0
    assert traced["originality"]["waveform"]["file"] == "rain"
    assert traced["originality"]["novelty"] is None
    ok("strip-memory", tiny_model_path, "-o", "bare.sda")
    assert "without its recordings" in refused("trace", rain, "-m", "bare.sda")


def test_a_sound_is_compared_with_the_novelty_in_its_tags(ok, tiny_model_path):
    made = ok("generate", tiny_model_path, "-n", 1, "--seconds", 1.5, "--novelty", 0.8, "-o", ".", "--report").split(
        "\n"
    )
    traced = json.loads(ok("trace", made[0], "-m", tiny_model_path, "--json"))
    assert traced["originality"]["novelty"] == 0.8
    assert "own waveform" in made[1]
