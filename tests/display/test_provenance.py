"""Display of how a sound was made."""

from sda_lib.display.provenance import originality_view, provenance_view
from sda_lib.export.finish import Delivery, Finish
from sda_lib.sessions.provenance_tags import Provenance
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality


def test_request_and_finish_are_listed(plain, checked_html):
    options = GenerateOptions(seconds=0.5, controls={"density": 0.3})
    made = Provenance.of(generate(plain, options).codes, options, Finish(delivery=Delivery(lufs=-16)), True)
    html = checked_html(provenance_view(made))
    assert [one for one in ("density 0.3", "lufs -16", "0.50 s", "<img") if one not in html] == []
    assert "<img" not in provenance_view(Provenance(None))


def test_originality_in_words(plain, checked_html):
    html = checked_html(originality_view(originality(plain, generate(plain, GenerateOptions(seconds=0.5)).codes)))
    assert "200-ms windows" in html
