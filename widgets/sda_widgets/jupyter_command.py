"""The command `jupyter sda`: the workbench, beside Jupyter's own commands."""

import sys

from sda_lib import cli


def main() -> None:
    """Run `sda studio` with the arguments of `jupyter sda`."""
    sys.argv[1:1] = ["studio"]
    cli.main()
