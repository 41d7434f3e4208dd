"""Text from files is escaped in every HTML snippet."""

import pytest

from sda_widgets.common import markup

HOSTILE = "<img src=x onerror=alert(1)>&"


@pytest.mark.parametrize(
    "html",
    [
        markup.table([(HOSTILE, HOSTILE)]),
        markup.bullets([HOSTILE]),
        markup.quiet(HOSTILE),
        markup.bold(HOSTILE),
        markup.severity("red", HOSTILE),
    ],
)
def test_text_is_escaped(html):
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in html


def test_a_severity_is_named_by_its_color():
    assert markup.severity("red") == '<span class="sda-severity sda-red">red</span>'


def test_a_status_is_read_out():
    assert markup.status("<b>ready</b>") == '<span role="status" aria-live="polite"><b>ready</b></span>'
