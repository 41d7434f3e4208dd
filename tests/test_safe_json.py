"""JSON from unknown files, within bounds of size and depth."""

import pytest

from sda_lib import safe_json

DEEP = "[" * 20_000 + "]" * 20_000


def test_json_is_parsed_within_bounds():
    assert safe_json.parse('{"a": [1, {"b": "[[[[[[[{{{{{ \\" ]"}]}') == {"a": [1, {"b": '[[[[[[[{{{{{ " ]'}]}
    assert safe_json.depth('{"a": [1, {"b": "[[ \\\\"}]}') == 3
    for text in (DEEP, "[" * 33 + "]" * 33, b"\xff", "{", '"' + "x" * 100, '{"a":' * 1000):
        with pytest.raises(ValueError, match=r".+"):
            safe_json.parse(text)
    assert safe_json.parse("[" * 32 + "]" * 32)
    with pytest.raises(ValueError, match="more than 10 bytes"):
        safe_json.parse(b"[1, 2, 3, 4, 5]", 10)
