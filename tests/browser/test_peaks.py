"""Sounds beyond full scale in the served page: played, shown and previewed without clipping, and the gain is shown."""

import dataclasses
import re

import pytest
from playwright.sync_api import expect

FACTOR = 6.0
LISTEN = """
window.previews = [];
document.addEventListener("sda:preview", (event) => window.previews.push(event.detail.pcm));
window.analysers = new Map();  // an analyser for each context
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...more) {
  if (target instanceof AudioDestinationNode) {
    if (!window.analysers.has(this.context)) {
      window.analysers.set(this.context, new AnalyserNode(this.context, { fftSize: 32768 }));
    }
    connect.call(this, window.analysers.get(this.context));
  }
  return connect.call(this, target, ...more);
};
"""
LOUDEST = """() => {
  const samples = new Float32Array(32768);
  return Math.max(...[...window.analysers.values()].map((analyser) => {
    analyser.getFloatTimeDomainData(samples);
    return samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  }));
}"""
"""The loudest sample of the last 0.7 s that went to the loudspeakers."""


@pytest.fixture(scope="module")
def loud_studio(tiny_model_path, tiny_corpus, serving, tmp_path_factory):
    """The address of a workbench whose one model has recordings far above full scale."""
    from sda_lib.memory.grains import Memory
    from sda_lib.model.model import SdaModel

    folder = tmp_path_factory.mktemp("loud")
    (folder / "data/models").mkdir(parents=True)
    model = SdaModel.load(tiny_model_path)
    pieces = [dataclasses.replace(piece, samples=piece.samples * FACTOR) for piece in model.memory.pieces]
    dataclasses.replace(model, memory=Memory(model.codec, pieces)).save(folder / "data/models/loud.sda")
    with serving(folder / "data", tiny_corpus, folder / "log.txt") as address:
        yield address


@pytest.fixture
def loud(page, loud_studio, open_page):
    page.add_init_script(LISTEN)
    open_page(loud_studio)
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size === 2")
    return page


def shown_gain(page):
    """The gain in dB beside the player's peak."""
    peak = page.locator(".sda-peak")
    expect(peak).to_have_text(re.compile(r"peak \d+\.\d dB,\s+played at -\d+\.\d dB$"))
    level, gain = re.search(r"peak ([\d.]+) dB,\s+played at (-[\d.]+) dB", peak.inner_text()).groups()
    assert float(gain) <= -float(level) + 0.051
    return float(gain)


def loudest(page, seconds):
    """The loudest sample that is played within some seconds."""
    levels = []
    for _ in range(round(seconds / 0.3)):
        page.wait_for_timeout(300)
        levels.append(page.evaluate(LOUDEST))
    return max(levels)


def test_a_sound_beyond_full_scale_is_played_below_it(loud):
    gain = shown_gain(loud)
    assert gain < -2
    loud.locator(".sda-loop").click()
    loud.locator(".sda-play").click()
    assert 0.5 < loudest(loud, 1.5) <= 1.0
    loud.locator(".sda-take[data-name=Original]").click()
    assert shown_gain(loud) == gain
    assert 0.5 < loudest(loud, 1.5) <= 1.0


@pytest.mark.long
def test_a_preview_beyond_full_scale_is_not_clipped_and_says_so(loud):
    dot = loud.locator(".sda-map-figure .dot").first
    dot.scroll_into_view_if_needed()
    dot.hover()
    loud.wait_for_function("window.previews.length > 0")
    note = loud.locator(".sda-preview-note")
    expect(note).to_have_text(re.compile(r"^Played at -\d+\.\d dB to stay below full scale$"))
    assert loud.evaluate("window.previews.at(-1).filter((one) => Math.abs(one) >= 32766).length") < 3
    loud.wait_for_timeout(300)
    assert 0.1 < loud.evaluate(LOUDEST) <= 1.0
    loud.mouse.move(0, 0)
    expect(note).to_have_count(0)
