"""The table: every rule, in the order in which a reader looks for them."""

from __future__ import annotations

from drawloom.script.classic.rule import Rule
from drawloom.script.classic.rules import frames, matplotlib, numpy, pandas, python2, scipy, sklearn

RULES: tuple[Rule, ...] = (
    *python2.RULES,
    *frames.RULES,
    *pandas.RULES,
    *numpy.RULES,
    *sklearn.RULES,
    *scipy.RULES,
    *matplotlib.RULES,
)
BY_OLD = {rule.old: rule for rule in RULES}
