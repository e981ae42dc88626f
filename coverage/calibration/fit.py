"""Fitting the knobs of `coverage.calibration.model` to observed seconds. Pure.

The residual is the logarithm of predicted over observed time, so that a short run counts as much
as a long one and a tenth too slow weighs as a tenth too fast. Gross errors (a crew diverted, a
button pressed late) lose their weight: Huber's weights to begin with, then Tukey's, which
fall to nothing at 4.7 times the scatter (itself from the median, not from squares).

    minimise  sum_i w_i (r_i / sigma)^2 + sum_j (knob_j / spread_j)^2

In words: near the runs, and no farther from the starting profile than the runs ask for. The
fastest path of a run depends on the speeds: paths found so far are kept side by side, the
fastest of them is taken, and new ones are looked for until none is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coverage.calibration.model import Model
from coverage.network import Floats, Ints

HUBER, TUKEY = 1.345, 4.685
LEAST_SCATTER = 0.01
MOST_ROUNDS, MOST_SEARCHES = 14, 6
MOST_STEPS, MOST_TRIES = 25, 8
SMOOTH = 8.0
SMOOTH_ROUNDS = 3
STILL = 5e-4
"""Knobs that move less than this (a twentieth of a per cent) have settled."""
FASTER, FEW = 0.002, 0.005
"""New paths are looked for until fewer than 0.5 % of runs gain more than 0.2 % by one."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """Where the knobs ended (r runs, q knobs).

    Attributes:
        knob: float64[q].
        weight: of each run, 1 to 0 (a gross error), float64[r].
        scatter: standard deviation of the log residuals of sound runs.
        covariance: of the knobs, float64[q, q].
    """

    knob: Floats
    weight: Floats
    scatter: float
    covariance: Floats


def fastest(model: Model, pool: Sequence[Floats], knob: Floats) -> tuple[Floats, Ints]:
    """Seconds of the fastest path of each run among those known, and which it is."""
    times = np.stack([model.seconds(driven, knob) for driven in pool])
    which = np.argmin(times, axis=0)
    return times[which, np.arange(times.shape[1])], which


def fit(model: Model, pool: Sequence[Floats], seconds: Floats) -> Fitted:
    """Fit the knobs on paths already known.

    Args:
        model: the formula.
        pool: what each run drives (float64[r, c + 5]), once per set of paths.
        seconds: observed, float64[r].
    """
    knob = np.zeros(len(model.knobs))
    weight = np.ones(len(seconds))
    scatter = 1.0
    log_seconds = np.log(seconds)
    for turn in range(MOST_ROUNDS):
        sharp = SMOOTH if turn < SMOOTH_ROUNDS else np.inf
        _, which = fastest(model, pool, knob)
        driven = np.stack(pool)[which, np.arange(len(seconds))]
        residual = np.log(model.seconds(driven, knob, sharp)) - log_seconds
        middle = float(np.median(residual)) if turn == 0 else 0.0
        scatter = _scatter(residual - middle)
        weight = _weights((residual - middle) / scatter, turn)
        was, knob = knob, _solved(model, driven, log_seconds, knob, (weight, scatter, sharp))
        if turn > SMOOTH_ROUNDS and np.abs(knob - was).max(initial=0.0) < STILL:
            break
    return Fitted(knob, weight, scatter, _covariance(model, driven, knob, weight, scatter))


def _scatter(residual: Floats) -> float:
    return max(float(1.4826 * np.median(np.abs(residual))), LEAST_SCATTER)


def _weights(scaled: Floats, turn: int) -> Floats:
    size = np.abs(scaled)
    if turn < SMOOTH_ROUNDS:
        return np.asarray(np.minimum(1.0, HUBER / np.maximum(size, HUBER)))
    return np.asarray(np.where(size < TUKEY, (1.0 - (size / TUKEY) ** 2) ** 2, 0.0))


def _solved(
    model: Model,
    driven: Floats,
    log_seconds: Floats,
    knob: Floats,
    how: tuple[Floats, float, float],
) -> Floats:
    """Weighted least squares for paths and weights as they stand, within the knobs' bounds.

    Levenberg and Marquardt's method on the normal equations; a knob that leans on its bound
    stays there for the step.
    """
    weight, scatter, sharp = how
    root = np.sqrt(weight) / scatter
    knobs = model.knobs
    prior = 1.0 / knobs.spread**2

    def cost(x: Floats) -> tuple[float, Floats, Floats]:
        took = model.seconds(driven, x, sharp)
        off = root * (np.log(took) - log_seconds)
        return float(off @ off + (prior * x) @ x), off, took

    best, off, took = cost(knob)
    damp = 1e-3
    for _ in range(MOST_STEPS):
        slopes = model.slopes(driven, knob, sharp) * (root / took)[:, None]
        normal = slopes.T @ slopes + np.diag(prior)
        downhill = -(slopes.T @ off + prior * knob)
        leans = ((knob <= knobs.low) & (downhill < 0)) | ((knob >= knobs.high) & (downhill > 0))
        free = np.flatnonzero(~leans)
        moved, tried = False, 0
        while not moved and tried < MOST_TRIES:
            tried += 1
            part = normal[np.ix_(free, free)]
            step = np.zeros(len(knob))
            step[free] = np.linalg.solve(part + damp * np.diag(np.diag(part)), downhill[free])
            new = np.clip(knob + step, knobs.low, knobs.high)
            value, *rest = cost(new)
            moved = value < best
            damp = damp / 10.0 if moved else damp * 10.0
        if not moved:
            break
        gain, change = best - value, np.abs(new - knob).max()
        knob, best, (off, took) = new, value, rest
        if change < STILL / 5.0 or gain < 1e-7 * best:
            break
    return knob


def _covariance(
    model: Model, driven: Floats, knob: Floats, weight: Floats, scatter: float
) -> Floats:
    """What the runs and the spread of the knobs leave open."""
    took = model.seconds(driven, knob)
    slopes = model.slopes(driven, knob) * (np.sqrt(weight) / (took * scatter))[:, None]
    inverse = np.linalg.inv(slopes.T @ slopes + np.diag(1.0 / model.knobs.spread**2))
    return np.asarray(inverse, dtype=float)


Search = Callable[[Floats], Floats]


def fit_with_paths(
    model: Model, first: Floats, seconds: Floats, search: Search
) -> tuple[Fitted, list[Floats], Floats]:
    """Fit and look for faster paths in turns.

    Args:
        model: the formula.
        first: what the runs drive under the starting profile, float64[r, c + 5].
        seconds: observed, float64[r].
        search: knobs -> what the runs drive on their fastest paths, float64[r, c + 5].

    Returns:
        The fit, every set of paths met, and the times it predicts.
    """
    pool = [first]
    for _ in range(MOST_SEARCHES):
        fitted = fit(model, pool, seconds)
        known, _ = fastest(model, pool, fitted.knob)
        pool.append(search(fitted.knob))
        predicted, _ = fastest(model, pool, fitted.knob)
        if (known > predicted * (1.0 + FASTER)).mean() < FEW:
            break
    return fitted, pool, predicted
