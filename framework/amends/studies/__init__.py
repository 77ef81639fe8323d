"""Published comparisons, recomputed from what is public: published beside recomputed, with the source.

>>> [study.key for study in studies()]
['frederick2009', 'ggl2008', 'broockman2013', 'you2020']
"""

from __future__ import annotations

from amends.studies.carried import published, studies
from amends.studies.study import Figure, Published, Study

__all__ = ["Figure", "Published", "Study", "published", "studies"]
