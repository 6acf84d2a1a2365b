"""How single rules rewrite a call, by name; each gives None for a call it cannot or need not change."""

from __future__ import annotations

from drawloom.script.classic.rewrites import frames, matplotlib, numpy, pandas, python2, sklearn
from drawloom.script.classic.rewrites.common import REWRITES

__all__ = ["REWRITES", "frames", "matplotlib", "numpy", "pandas", "python2", "sklearn"]
