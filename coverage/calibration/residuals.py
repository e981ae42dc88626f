"""What each figure rests on, and where predicted times are still off. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from coverage.calibration.fit import Fitted
from coverage.calibration.folds import agreement
from coverage.calibration.model import TOUCHED_KM, Model, family_of
from coverage.network import LINK_ENDS, Floats
from coverage.speeds import AREAS, SPEED_ROWS

Z90 = 1.645
"""Half the width of a 90 % interval, in standard deviations."""
BANDS_KM = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, np.inf)
LEAST_SHARE = 0.1


def speed_rows(model: Model, fitted: Fitted, driven: Floats) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Speeds and delays before and after.

    Args:
        model: the formula.
        fitted: where its knobs ended.
        driven: what the runs drive under the fitted speeds, float64[r, c + 5].

    Returns:
        Speeds, a row per class and area driven: ``row``, ``area``, ``family``;
        ``driven_before_kph`` and ``driven_after_kph`` (average over the kilometres driven,
        tagged limits included, delays not) with ``low_kph`` and ``high_kph`` (90 % interval of the
        latter); ``before_kph`` and ``after_kph`` (the figures of the table); ``km``, ``rules_km``
        (as far as the table's figure rules and not a limit), ``runs``, ``status``. Delays, a row
        per junction: ``end``, ``before_s``, ``after_s``, ``low_s``, ``high_s``, ``met`` and
        ``runs``.
    """
    zero, count = np.zeros(len(model.knobs)), len(model.kinds)
    onto = model.onto()
    km = driven[:, :count].sum(axis=0)
    by_cell = km @ onto
    log_kph, turn = model.turn(fitted.knob)
    hours = [(km * np.exp(-log)) @ onto for log in (model.rule(zero, np.inf)[0], log_kph)]
    speeds = [np.divide(by_cell, h, out=np.full(len(h), np.nan), where=h > 0) for h in hours]
    slope = onto.T @ ((km * np.exp(-log_kph))[:, None] * turn)
    slope = slope / np.where(hours[1] > 0, hours[1], 1.0)[:, None]
    half = Z90 * np.sqrt(np.einsum("ij,jk,ik->i", slope, fitted.covariance, slope))
    before = np.exp(model.log_table)
    frame = pd.DataFrame(
        {
            "row": np.repeat(SPEED_ROWS, 2),
            "area": np.tile(AREAS, len(SPEED_ROWS)),
            "family": [family_of(row) for row in SPEED_ROWS for _ in AREAS],
            "driven_before_kph": speeds[0],
            "driven_after_kph": speeds[1],
            "low_kph": speeds[1] * np.exp(-half),
            "high_kph": speeds[1] * np.exp(half),
            "before_kph": before,
            "after_kph": before * np.exp(model.knobs.table @ fitted.knob),
            "km": by_cell,
            "rules_km": model.ruled_km(driven, fitted.knob)[0],
            "runs": (driven[:, :count] @ onto > TOUCHED_KM).sum(axis=0),
            "status": list(model.knobs.status),
        }
    )
    return frame[by_cell > 0].reset_index(drop=True), _delay_rows(model, fitted, driven)


def _delay_rows(model: Model, fitted: Fitted, driven: Floats) -> pd.DataFrame:
    knobs, count = model.knobs, len(model.kinds)
    change = knobs.delay @ fitted.knob
    half = Z90 * np.sqrt(np.einsum("ij,jk,ik->i", knobs.delay, fitted.covariance, knobs.delay))
    met = driven[:, count:]
    after = np.maximum(model.delay_s + change, 0.0)
    return pd.DataFrame(
        {
            "end": LINK_ENDS,
            "before_s": model.delay_s,
            "after_s": after,
            "low_s": np.maximum(after - half, 0.0),
            "high_s": after + half,
            "met": np.rint(met.sum(axis=0)).astype(np.int64),
            "runs": (met > 0.5).sum(axis=0),
        }
    )[1:].reset_index(drop=True)


def residual_tables(
    model: Model, fitted: Fitted, driven: Floats, used: pd.DataFrame
) -> Mapping[str, pd.DataFrame]:
    """Where predicted times are off: before, and by fits that had not seen the runs.

    Returns:
        ``class``, ``distance``, ``period``, ``area`` (urban or rural at the destination),
        ``square`` (5 km), ``ward`` and ``origin``; of each: ``group``, ``runs``, ``before``
        and ``after`` (median of observed / predicted), ``low`` and ``high`` (10th and 90th
        percentile, after), ``median_error`` (after). ``class`` counts each run by the share of its
        time spent on the class.
    """
    km = (used["metres"] / 1000.0).to_numpy(float)
    which = np.searchsorted(BANDS_KM, km, side="right") - 1
    names = [_band(k) for k in range(len(BANDS_KM) - 1)]
    bands = pd.Categorical([names[k] for k in which.tolist()], categories=names, ordered=True)
    groups = {
        "distance": pd.Series(bands, index=used.index),
        "period": used["period"],
        "area": used["kind"],
        "ward": used["area"],
        "square": used["square"],
        "origin": used["origin"],
    }
    tables = {"class": _by_class(model, fitted, driven, used)}
    for name, labels in groups.items():
        tables[name] = _by_group(used, labels)
    return MappingProxyType(tables)


def _band(k: int) -> str:
    low, high = BANDS_KM[k], BANDS_KM[k + 1]
    return f"{low:.0f} to {high:.0f} km" if np.isfinite(high) else f"{low:.0f} km and more"


def _by_group(used: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    rows = []
    for name, part in used.groupby(labels, sort=True, observed=True):
        if str(name) == "":
            continue
        seconds = part["seconds"].to_numpy(float)
        after = agreement(seconds, part["left_out_s"].to_numpy(float))
        before = agreement(seconds, part["before_s"].to_numpy(float))
        rows.append((str(name), len(part), before.middle, after.middle, after.low, after.high,
                     after.median_error))  # fmt: skip
    columns = ["group", "runs", "before", "after", "low", "high", "median_error"]
    return pd.DataFrame(rows, columns=columns)


def _by_class(model: Model, fitted: Fitted, driven: Floats, used: pd.DataFrame) -> pd.DataFrame:
    """Ratios of runs weighted by the share of their time on each class."""
    count = len(model.kinds)
    pace = 3600.0 / np.exp(model.rule(fitted.knob, np.inf)[0])
    onto = np.zeros((count, len(SPEED_ROWS)))
    onto[np.arange(count), model.kinds.row] = 1.0
    spent = (driven[:, :count] * pace) @ onto
    share = spent / np.maximum(used["predicted_s"].to_numpy(float), 1.0)[:, None]
    seconds = used["seconds"].to_numpy(float)
    before = seconds / used["before_s"].to_numpy(float)
    after = seconds / used["left_out_s"].to_numpy(float)
    rows = []
    for number, row in enumerate(SPEED_ROWS):
        some = share[:, number] >= LEAST_SHARE
        if not some.any():
            continue
        weight = share[some, number]
        low, middle, high = (_quantile(after[some], weight, q) for q in (0.1, 0.5, 0.9))
        off = _quantile(np.abs(1.0 / after[some] - 1.0), weight, 0.5)
        was = _quantile(before[some], weight, 0.5)
        rows.append((row, int(some.sum()), was, middle, low, high, off))
    columns = ["group", "runs", "before", "after", "low", "high", "median_error"]
    return pd.DataFrame(rows, columns=columns)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    """The value below which a share of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    at = np.searchsorted(total, share * total[-1])
    return float(values[order][min(int(at), len(order) - 1)])
