"""A notebook as one static web page."""

import re

import pytest

from sda_lib.display.notebook_page import notebook_page
from sda_lib.display.page import STYLE, page
from sda_lib.display.static_page import POLICY
from sda_lib.errors import SdaError


def notebook(*outputs, source="1 < 2", text="# A <title>\n\nSome *words*."):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": text},
        {"cell_type": "code", "metadata": {}, "source": [source], "outputs": list(outputs), "execution_count": 1},
        {"cell_type": "code", "metadata": {}, "source": "", "outputs": [], "execution_count": None},
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def result(**data):
    named = {key.replace("_", "/"): value for key, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def test_text_code_and_results_are_shown():
    html = notebook_page(notebook(result(text_html=["<b>", "bold</b>"], text_plain="plain")), "file")
    assert "<title>A &lt;title&gt;</title>" in html
    assert "<em>words</em>" in html
    assert "&lt;" in html
    assert "<b>bold</b>" in html
    assert "plain" not in html
    assert html.count('class="input"') == 1


def test_scripts_and_requests_are_forbidden_by_the_page():
    html = notebook_page(notebook(text="<script>1</script>"), "file")
    assert POLICY in html
    assert "<script>" not in html
    assert "https:" not in re.sub(r"data:[^\"]*", "", html)


def test_the_style_of_displays_is_there_once():
    html = notebook_page(notebook(result(text_html=page("one")), result(text_html=page("two"))), "file")
    assert html.count(STYLE) == 1


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ({"output_type": "stream", "name": "stdout", "text": ["\x1b[31m<red>\x1b[0m"]}, "<pre>&lt;red&gt;</pre>"),
        ({"output_type": "error", "ename": "SdaError", "evalue": "It <failed>."}, "SdaError: It &lt;failed&gt;."),
        (result(image_png="aGk=\n", text_plain="x"), 'src="data:image/png;base64,aGk="'),
        (result(text_plain="1 < 2"), "<pre>1 &lt; 2</pre>"),
        (result(text_markdown="*m*", text_plain="m"), "<em>m</em>"),
        ({**result(text_plain="W()"), "data": {"text/plain": "W()", "application/vnd.jupyter.widget-view+json": {}}},
         "Here is a widget"),
        ({**result(), "data": {"image/png": "aGk=", "application/vnd.jupyter.widget-view+json": {}}}, "base64,aGk="),
    ],
)  # fmt: skip
def test_every_kind_of_output(output, shown):
    assert shown in notebook_page(notebook(output), "file")


@pytest.mark.parametrize("data", [{}, {"nbformat": 3}, {"nbformat": 4, "cells": [{}]}, [], {"nbformat": 4, "cells": 1}])
def test_other_data_is_refused(data):
    with pytest.raises(SdaError, match="notebook"):
        notebook_page(data, "file")
