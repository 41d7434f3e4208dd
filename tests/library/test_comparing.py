"""Two models beside each other."""

from sda_lib.library.comparing import compare_models


def test_equal_and_other_facts(put):
    one = put("rain", minutes=2.0, metrics={"held_out": 1.23456789}, memory=[{"name": "a"}])
    other = put("door", minutes=2.0, bottleneck="vae")
    found = {one.name: one for one in compare_models(one, other)}
    assert found["corpus minutes"].is_equal
    assert (found["recipe codec bottleneck"].first, found["recipe codec bottleneck"].second) == ("rvq", "vae")
    assert (found["training held_out"].first, found["training held_out"].second) == ("1.2346", "")
    assert (found["recordings"].first, found["recordings"].second) == ("1 file", "none")
    assert all(one.is_equal for one in compare_models(one, one))
