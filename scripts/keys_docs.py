"""Write docs/KEYS.md: every key of the page, from the table in sda_widgets/common/keys.py."""

from pathlib import Path

from sda_widgets.common.keys import page

PAGE = Path(__file__).parents[1] / "docs" / "KEYS.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
