"""Who is quicker and who slower under a plan, place by place. Pure.

Means and shares of an area can stay where they are while people in it change places; here gains
and losses are added up apart, so that neither hides the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coverage.measure import Arrivals
from coverage.reach import within
from coverage.standards import MILES, MINUTES, TOLERANCE_MIN

#: A change up to this is told as none: half a minute, a tenth of a mile.
SAME: Mapping[str, float] = {MINUTES: 0.5, MILES: 0.1}


@dataclass(frozen=True, eq=False)
class Changes:
    """What a plan changes for each of d demand points, in the order of the demand.

    Attributes:
        hours: share of hours in time after, less that before, float64[d]; +1 newly in time,
            -1 no longer (in between only where crews are weighted by availability).
        slower: whether the time grows by more than `SAME` (or there is no route any more).
        quicker: whether it falls by more than `SAME` (or there is a route at last).
    """

    hours: np.ndarray
    slower: np.ndarray
    quicker: np.ndarray

    def counts(self, weight: np.ndarray) -> dict[str, float]:
        """Weight of those who gain and who lose.

        gained = Σ_d w_d · max(0, a_d − b_d), lost = Σ_d w_d · max(0, b_d − a_d),
        better = Σ_{d quicker} w_d, worse = Σ_{d slower} w_d

        In words: people newly in time and no longer in time; people whose journey (or wait) is
        shorter and longer by more than half a minute (a tenth of a mile). After − before within
        is gained − lost, so that a ward where as many win as lose shows both.

        Symbols: w_d weight; b_d, a_d share of hours in which d is in time before and after, 0-1.

        Source: gains and losses told apart, as the Hayle business case did (Cornwall, 2014).

        Args:
            weight: float64[d], 0 = does not count.
        """
        return {
            "gained": float(weight @ np.maximum(self.hours, 0.0)),
            "lost": float(weight @ np.maximum(-self.hours, 0.0)),
            "better": float(weight[self.quicker].sum()),
            "worse": float(weight[self.slower].sum()),
        }


def changes_of(before: Arrivals, after: Arrivals, *, limit: float, unit: str) -> Changes:
    """The changes between two arrivals at the same demand points.

    Args:
        before: today.
        after: with the plan.
        limit: what "in time" means, inclusive, in ``unit``.
        unit: ``min`` or ``miles``.

    Raises:
        ValueError: the arrivals are of different demand.
    """
    if before.demand_ids != after.demand_ids:
        raise ValueError("arrivals before and after are of different demand points")
    then, now = (np.where(np.isnan(a.potential), np.inf, a.potential) for a in (before, after))
    step = SAME[unit] + TOLERANCE_MIN
    return Changes(
        hours=after.hours @ within(after.minutes, limit)
        - before.hours @ within(before.minutes, limit),
        slower=now > then + step,
        quicker=then > now + step,
    )
