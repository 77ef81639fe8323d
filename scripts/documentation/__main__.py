"""`python -m scripts.documentation`, which is `make docs`: reference and pictures anew, then the pages."""

from __future__ import annotations

import sys

from scripts.documentation import pictures, reference, site

reference.write()
pictures.write()
sys.exit(site.main())
