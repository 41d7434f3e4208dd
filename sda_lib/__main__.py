"""Run the `sda` command as `python -m sda_lib`."""

from sda_lib.cli import main

if __name__ == "__main__":
    main()
