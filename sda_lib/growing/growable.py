"""Check that a model can grow, without loading torch."""

from __future__ import annotations

from sda_lib.errors import SdaError


def check_growable(name: str, has_recordings: bool, keep: float) -> None:
    """Raise SdaError unless a model holds its recordings and the share of codes to keep lies in 0..1."""
    if not has_recordings:
        raise SdaError(
            f"{name} was saved without its recordings, and new ones alone would make it forget them; grow the copy "
            "that has them, or train on all files."
        )
    if not 0 <= keep <= 1:
        raise SdaError(f"The share of codes to keep goes from 0 to 1, not {keep:g}.")
