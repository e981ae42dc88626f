"""Groups of runs that are left out together, and how well times fit. Pure.

Runs that share an origin, or end in one place, are alike: leaving out single runs at random
would test a fit on what it has seen. So whole origins are left out, or, where there are few
origins, whole places of destination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage.network import Bools, Floats, Ints

FOLDS = 5
ORIGINS, MOST_AT_ONE = 8, 0.4
"""Origins are left out where there are so many, none with more than this share of the runs."""
PLACE_M = 2000.0
"""Else destinations in one square of this side are left out together."""
ONE_MINUTE_S = 60.0


@dataclass(frozen=True)
class Folds:
    """Which runs are left out together (r runs).

    Attributes:
        of_run: fold of each run, int64[r].
        by: what is left out, in words.
        groups: how many groups there are.
    """

    of_run: Ints
    by: str
    groups: int


def folds_of(from_xy: Floats, to_xy: Floats) -> Folds:
    """Spread groups over the folds, the largest first, each into the emptiest fold.

    Args:
        from_xy: origins, EPSG:27700 metres, float64[r, 2].
        to_xy: destinations, float64[r, 2].
    """
    origin, by = np.round(from_xy), "all runs from some of the origins"
    _, group, count = np.unique(origin, axis=0, return_inverse=True, return_counts=True)
    if len(count) < ORIGINS or count.max() > MOST_AT_ONE * len(group):
        square = np.floor(to_xy / PLACE_M)
        by = f"all runs into some of the {PLACE_M / 1000:.0f} km squares"
        _, group, count = np.unique(square, axis=0, return_inverse=True, return_counts=True)
    if len(count) == 1:
        by = "single runs, all being alike"
        group, count = np.arange(len(group)), np.ones(len(group), dtype=np.int64)
    group = group.ravel()
    fold = np.zeros(len(count), dtype=np.int64)
    filled = np.zeros(min(FOLDS, len(count)), dtype=np.int64)
    for name in np.argsort(-count, kind="stable"):
        fold[name] = int(np.argmin(filled))
        filled[fold[name]] += count[name]
    return Folds(fold[group], by, len(count))


@dataclass(frozen=True)
class Agreement:
    """How well predicted times fit observed ones; every run counts alike, gross errors too.

    Attributes:
        runs: how many.
        median_error: median of |predicted - observed| / observed.
        bias: sum of predicted over sum of observed seconds, less 1.
        low, middle, high: 10th, 50th and 90th percentile of observed / predicted.
        r2: share of the variance of log seconds explained.
        within_minute: share of runs predicted to within a minute (inclusive).
    """

    runs: int
    median_error: float
    bias: float
    low: float
    middle: float
    high: float
    r2: float
    within_minute: float


def agreement(observed: Floats, predicted: Floats, keep: Bools | None = None) -> Agreement:
    """How well predicted seconds fit observed ones (float64[r] each); NaN throughout for none."""
    if keep is not None:
        observed, predicted = observed[keep], predicted[keep]
    if not len(observed):
        nan = float("nan")
        return Agreement(0, nan, nan, nan, nan, nan, nan, nan)
    off = np.abs(predicted - observed)
    low, middle, high = np.quantile(observed / predicted, (0.1, 0.5, 0.9))
    logs = np.log(observed)
    around = float(((logs - logs.mean()) ** 2).sum())
    left = float(((logs - np.log(predicted)) ** 2).sum())
    return Agreement(
        runs=len(observed),
        median_error=float(np.median(off / observed)),
        bias=float(predicted.sum() / observed.sum() - 1.0),
        low=float(low),
        middle=float(middle),
        high=float(high),
        r2=1.0 - left / around if around > 0 else float("nan"),
        within_minute=float((off <= ONE_MINUTE_S).mean()),
    )
