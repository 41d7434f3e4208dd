"""The tile in JupyterLab's launcher, which opens the workbench behind jupyter-server-proxy."""

import pytest


@pytest.mark.long
def test_the_tile_opens_the_workbench(lab_server, page):
    address, _folder = lab_server
    page.goto(f"{address}/lab?token=a-token-for-tests")
    tile = page.locator(".jp-LauncherCard", has_text="SDA")
    with page.context.expect_page() as opened:
        tile.click()
    opened.value.wait_for_selector(".sda-app .sda-grid-main[role=grid]")
