"""`python -m sda_lib` is `sda`."""

from sda_lib.cli import main

if __name__ == "__main__":
    main()
