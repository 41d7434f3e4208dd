"""What a page asks for when it opens, and what it leaves open while nothing plays."""

from frame_acts import wait_for_sound
from playwright.sync_api import expect

# Most files that a page asks for with an empty cache.
MOST_REQUESTS = 60
KEEP_OUTPUTS = """
window.outputs = [];
const Context = window.AudioContext;
window.AudioContext = class extends Context {
  constructor(...options) {
    super(...options);
    window.outputs.push(this);
  }
};
"""
RESTING = "window.outputs.every(({ state }) => state === 'suspended')"


def test_a_page_asks_for_few_files_and_its_audio_device_rests_while_nothing_plays(page, studio, open_page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http:") else None)
    page.add_init_script(KEEP_OUTPUTS)
    open_page(studio)
    wait_for_sound(page)
    assert len(asked) <= MOST_REQUESTS
    assert page.evaluate("window.outputs.length") >= 1
    page.wait_for_function(RESTING)
    play = page.locator(".sda-play")
    for _ in range(2):  # a device that has rested opens again
        play.click()
        expect(play).to_have_attribute("aria-pressed", "true")
        assert not page.evaluate(RESTING)
        expect(play).to_have_attribute("aria-pressed", "false")
        page.wait_for_function(RESTING)
