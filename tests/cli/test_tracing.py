"""`sda trace`."""

import json


def test_trace(ok, refused, tiny_corpus, tiny_model_path, tmp_path):
    rain = tiny_corpus / "rain.wav"
    said = ok("trace", rain, "-m", tiny_model_path, "--picture", "rain.png")
    assert "rain at 0.00 s" in said
    assert "copies of your recordings" in said
    assert (tmp_path / "rain.png").is_file()
    traced = json.loads(ok("trace", rain, "-m", tiny_model_path, "--json"))
    assert traced["stretches"][0]["file"] == "rain"
    assert traced["originality"]["share"] == 1.0
    ok("strip-memory", tiny_model_path, "-o", "bare.sda")
    assert "without its recordings" in refused("trace", rain, "-m", "bare.sda")
