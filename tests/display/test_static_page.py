"""Static pages."""

from sda_lib.display.page import STYLE, page
from sda_lib.display.static_page import static_page


def test_a_page_is_complete_and_allows_no_requests(checked_html):
    html = checked_html(static_page("a <b>", page("<p>one</p>") + page("<p>two</p>")))
    assert "<title>a &lt;b&gt;</title>" in html
    assert html.count(STYLE) == 1
    assert "default-src 'none'" in html
