"""Kept results of blind comparisons: a file with one result in each line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sda_lib import safe_json
from sda_lib.comparison.blind import BlindTest, BlindVotes, binomial_p, result_to_plain
from sda_lib.errors import SdaError
from sda_lib.files import append, unwritable

NEW = "\n"


def keep_result(path: Path, result: BlindTest, titles: Sequence[str] = ()) -> None:
    """Append the result of a blind comparison to a file, unless it has no answers.

    Args:
        path: the file; its folder is made if there is none.
        result: votes or trials.
        titles: what the compared sounds are, in the order of the result's names.

    Raises SdaError when the file can't be written.
    """
    if not (result.votes if isinstance(result, BlindVotes) else result.answers):
        return
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"time": when, **result_to_plain(result), "titles": list(titles)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    append(path, f"{'' if _is_whole(path) else NEW}{line}{NEW}")


def kept_results(path: Path) -> list[dict[str, Any]]:
    """Return the kept results, oldest first; none without a file. Damaged lines are left out."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = (_parsed(line) for line in lines)
    return [one for one in found if one is not None]


def kept_in_words(result: Mapping[str, Any]) -> str:
    """Return a kept result as a line: when, what was compared, and what was found; what is damaged is left out."""
    names = [str(one) for one in _listed(result, "names")]
    titles = [str(one) for one in _listed(result, "titles")] or names
    compared = ", ".join(
        f"{name}: {title}" if name != title else name for name, title in zip(names, titles, strict=False)
    )
    votes, answers = _listed(result, "votes"), _listed(result, "answers")
    if result.get("kind") == "abx":
        right = sum(x == answer for x, answer in zip(_listed(result, "x"), answers, strict=False))
        found = f"ABX {right} of {len(answers)} right, p = {binomial_p(right, len(answers)):.2g}"
    else:
        found = "votes " + ", ".join(f"{name} {votes.count(name)}" for name in names)
    return f"{result.get('time', '')}  {found}  ({compared})"


def _listed(result: Mapping[str, Any], key: str) -> list[Any]:
    found = result.get(key)
    return found if isinstance(found, list) else []


def _is_whole(path: Path) -> bool:
    """Return whether a file ends with a line's end, or is empty or missing; a kill can have cut it."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == NEW.encode()
    except OSError:
        return True


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = safe_json.parse(line)
    except (*safe_json.MALFORMED, SdaError):
        return None
    return found if isinstance(found, dict) else None
