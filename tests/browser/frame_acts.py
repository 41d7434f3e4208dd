"""Acts of the page's frame, for every test that drives it."""


def go_to(page, title):
    """Show a place of the page."""
    page.get_by_role("navigation", name="Places").get_by_role("button", name=title, exact=True).click()
    page.wait_for_selector(f".sda-place-{title.lower()}.sda-shown")


def place(page, title):
    """The part of the page that a place shows."""
    return page.locator(f".sda-stage > .sda-place-{title.lower()}")


def open_dock(page):
    """Open the dock with the history."""
    toggle = page.locator(".sda-dock-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    page.wait_for_selector(".sda-history")


def wait_for_sound(page):
    """Wait until the page has a sound, and its takes have arrived."""
    page.wait_for_selector(".sda-take")
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size >= 2")


def wait_for_grid(page):
    """Wait until the page has a sound, then show its grid."""
    wait_for_sound(page)
    go_to(page, "Codes")
    page.wait_for_selector(".sda-grid-main[role=grid]")
