"""JSON from unknown files, within bounds of size, depth, values and numbers."""

import ast
from pathlib import Path

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


ROOT = Path(safe_json.__file__).parents[1]
MODULES = sorted([*ROOT.glob("sda_lib/**/*.py"), *ROOT.glob("widgets/sda_widgets/**/*.py")])
PARSERS = ("json", "pickle", "marshal")


def reads_json(source):
    """Whether a module parses JSON, or something like it, by itself."""
    nodes = list(ast.walk(ast.parse(source)))
    named = {ast.unparse(one) for one in nodes if isinstance(one, ast.Attribute)}
    taken = {
        name.name for one in nodes if isinstance(one, ast.ImportFrom) and one.module in PARSERS for name in one.names
    }
    parsers = {f"{module}.{name}" for module in PARSERS for name in ("load", "loads", "JSONDecoder")}
    return bool(named & parsers or taken & {"load", "loads", "JSONDecoder"})


def test_json_is_read_by_one_module():
    """Other readers of JSON would have no bounds."""
    assert [path.stem for path in MODULES if reads_json(path.read_text())] == ["safe_json"]
    assert reads_json("from json import loads")
    assert not reads_json("import json\njson.dumps(1)")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "1" + "0" * 20, "1" * 5000])
def test_numbers_that_no_field_holds_are_refused(number):
    with pytest.raises(ValueError, match=r"too large|not a number"):
        safe_json.parse(f'{{"a": [{number}]}}')
    assert safe_json.parse("[1e308, -0.5, 18446744073709551615]") == [1e308, -0.5, 2**64 - 1]


def test_many_values_are_refused_before_they_are_parsed():
    many = {
        "lists": "[" + "[]," * safe_json.MOST_HOLDERS + "1]",
        "numbers": "[" + "1," * safe_json.MOST_VALUES + "1]",
        "texts": "[" + '"",' * (safe_json.MOST_TEXTS + 1) + "1]",
        "a text without an end": '"' + '\\"' * (2 * safe_json.MOST_TEXTS),
    }
    for text in many.values():
        with pytest.raises(ValueError, match="too many values"):
            safe_json.parse(text)


def test_a_text_without_an_end_is_scanned_once():
    """Scanned from every quote anew, these 400 kB would take minutes."""
    assert safe_json.depth('"' + '\\"' * 200_000) == 0


def test_only_regular_files_are_read(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(OSError, match="No such file"):
        safe_json.read(tmp_path / "pipe.json")
    (tmp_path / "long.json").write_text("[1, 2, 3]")
    with pytest.raises(ValueError, match="more than 5 bytes"):
        safe_json.read(tmp_path / "long.json", 5)
