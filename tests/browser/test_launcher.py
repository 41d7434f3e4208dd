"""SDA in JupyterLab's launcher: the tile is there, and the address that it has opens the workbench behind the proxy."""

import pytest
from playwright.sync_api import expect


@pytest.mark.long
def test_the_launcher_has_a_tile_whose_address_opens_the_workbench(lab_server, page):
    address, _folder = lab_server
    page.goto(f"{address}/lab?token=a-token-for-tests")
    expect(page.locator(".jp-LauncherCard", has_text="SDA")).to_be_visible()
    page.goto(f"{address}/sda/")
    page.wait_for_selector(".sda-app .sda-grid-main[role=grid]")
