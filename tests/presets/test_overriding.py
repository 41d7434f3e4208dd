"""Own settings on top of a preset's."""

from sda_lib.export.finish import Delivery, Effects, Finish, Space
from sda_lib.presets.overriding import with_own_finish, with_own_options
from sda_lib.writers.options import GenerateOptions

CURVE = ((0.0, 0.0), (1.0, 1.0))


def test_own_options_replace_values_and_names():
    preset = GenerateOptions(novelty=0.9, top_k=3, sliders={"warmth": 1.0}, curves={"tension": CURVE, "axis 1": CURVE})
    found = with_own_options(preset, {"novelty": 0.1, "sliders": {"tension": 2.0}})
    assert (found.novelty, found.top_k) == (0.1, 3)
    assert found.sliders == {"warmth": 1.0, "tension": 2.0}
    assert found.curves == {"axis 1": CURVE}


def test_own_finish_replaces_what_is_given():
    preset = Finish(Effects(reverb=0.5, drive=3), Space("stereo", pan=0.5), Delivery(lufs=-20), trim=40, loop="whole")
    own = Finish(Effects(reverb=0.1), Space("mono"), Delivery(bit_depth=16, root=60), tags={"artist": "me"})
    found = with_own_finish(preset, own, ["reverb"])
    assert found.effects == Effects(reverb=0.1, drive=3)
    assert (found.space, found.delivery.lufs, found.delivery.root) == (preset.space, -20, 60)
    assert (found.trim, found.loop, found.tags) == (40, "whole", {"artist": "me"})
    found = with_own_finish(preset, own, ["mode", "bit_depth", "lufs", "loop", "trim"])
    assert (found.space, found.delivery.bit_depth, found.delivery.lufs) == (Space("mono"), 16, None)
    assert (found.trim, found.loop) == (0, "")
