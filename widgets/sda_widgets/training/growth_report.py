"""Growth report: what growing changed in a model, in words and figures."""

from sda_lib.codec.codes import level_names
from sda_lib.growing.report import Growth
from sda_widgets.common.markup import quiet, table

# Relative change of a distance below which it counts as unchanged.
LITTLE = 0.02
ABOUT = (
    "The mel distance compares sounds decoded from their codes alone with the originals; lower is closer. With their "
    "own grains (Source 1) the recordings in the model are reproduced exactly."
)


def growth_report(growth: Growth) -> str:
    """Return the figures of a growth and their meaning as HTML."""
    before, after = growth.minutes
    sides = {"Old sounds": growth.old, "New sounds": growth.new, "Held-out sounds": growth.unheard}
    rows = [
        ("Added", f"{_files(growth.files)}: {before:.1f} → {after:.1f} min of sound"),
        ("Made by a model", f"{growth.generated} of {_files(growth.files)}" if growth.generated else ""),
        ("Old codes kept", _kept(growth) if growth.agreement else ""),
        *((name, _change(*pair)) for name, pair in sides.items() if any(pair)),
    ]
    return f"<h3>Result of growing</h3>{table(rows)}{quiet(f'{_verdict(growth)} {ABOUT}')}"


def _kept(growth: Growth) -> str:
    first, *rest = growth.agreement
    lowest = f", {min(rest):.0%} or more at each level above it" if rest else ""
    return f"{first:.0%} at {level_names(len(growth.agreement))[0]}{lowest}"


def _change(before: float, after: float) -> str:
    change = after / max(before, 1e-9) - 1
    word = f"{abs(change):.0%} {'farther' if change > 0 else 'closer'}" if abs(change) >= LITTLE else "unchanged"
    return f"distance {before:.2f} → {after:.2f} ({word})"


def _verdict(growth: Growth) -> str:
    if not growth.agreement:
        return "The model has no codes; sounds keep their latents."
    if all(one == 1 for one in growth.agreement):
        return "All old codes keep their meaning."
    if growth.codebook_distance == 0:
        return "No code has moved."
    return f"Codes moved by {growth.codebook_distance:.1%} of their size, so some saved codes sound slightly different."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
