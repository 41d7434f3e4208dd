"""SDA in JupyterLab's launcher: its tile opens the workbench behind the proxy, in a tab of its own."""

import pytest
from playwright.sync_api import expect


@pytest.mark.long
def test_the_launcher_s_tile_opens_the_workbench(lab_server, page):
    address, _folder = lab_server
    page.goto(f"{address}/lab?reset&token=a-token-for-tests")
    tile = page.locator(".jp-LauncherCard", has_text="SDA")
    expect(tile).to_be_visible()
    with page.context.expect_page(timeout=180_000) as opening:
        tile.click()
    opened = opening.value
    opened.set_default_timeout(180_000)
    opened.wait_for_selector(".sda-app .sda-take")  # it plays
    assert opened.url.startswith(f"{address}/sda")
