"""`sda palette` from outside: a picture of a model's codes, and one sentence for what is wrong."""


def test_palette_draws_all_levels_or_one(sda, tiny_model_path, tmp_path):
    assert sda("palette", tiny_model_path, "-o", "all.png") == (0, "all.png\n", "")
    assert sda("palette", tiny_model_path, "-o", "one.png", "--level", 1) == (0, "one.png\n", "")
    pictures = [(tmp_path / name).read_bytes() for name in ("all.png", "one.png")]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[1]


def test_palette_of_what_is_not_there_is_one_sentence(sda, tiny_model_path, tmp_path):
    for arguments, word in ((("-l", 99), "level 99"), (("-l", -1), "level -1")):
        code, _, err = sda("palette", tiny_model_path, "-o", "p.png", *arguments)
        assert (code, err.count("\n")) == (1, 1)
        assert word in err
    code, _, err = sda("palette", tiny_model_path, "-o", "p.wav")
    assert code == 1
    assert ".png" in err
    assert list(tmp_path.iterdir()) == []
