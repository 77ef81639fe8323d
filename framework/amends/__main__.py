"""`python -m amends`: the command line where no `amends` script is on the path."""

from __future__ import annotations

from amends.cli import main

if __name__ == "__main__":
    main()
