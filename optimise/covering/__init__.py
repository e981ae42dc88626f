"""The covering models of the literature, solved exactly over arrays.

An `Instance` holds demand, candidate sites and the distances between them;
`set_cover`, `most_covered`, `least_mean` and `least_worst` choose sites and
give an `Answer` with a bound. The planner's own program can say the same
things (standards as rules, each site a building with one unit); these are the
pure models, made to be fast, and a check on it.
"""

from optimise.covering.answer import Answer, Limits
from optimise.covering.centre import least_worst
from optimise.covering.cover import most_covered
from optimise.covering.instance import Instance, from_pairs, from_table
from optimise.covering.median import least_mean
from optimise.covering.sets import set_cover

__all__ = [
    "Answer",
    "Instance",
    "Limits",
    "from_pairs",
    "from_table",
    "least_mean",
    "least_worst",
    "most_covered",
    "set_cover",
]
