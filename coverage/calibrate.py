"""Speeds and junction delays fitted to a service's own runs (or another engine's times).

The story: place the runs on the road, set aside what cannot be a run, follow each along its fastest
path, fit (`coverage.calibration.fit`), follow again, until paths and speeds agree; then say how
well it does on runs it has not seen, where it is off, and what each figure rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from assets.issues import InputError, Issue
from coverage.calibration.fit import Fitted, fit, fit_with_paths
from coverage.calibration.folds import Agreement, Folds, agreement, folds_of
from coverage.calibration.model import Kinds, Model, kinds_of, knobs_for, one_knob
from coverage.calibration.residuals import residual_tables, speed_rows
from coverage.calibration.runs import COLUMNS, PERIODS, Runs, read_runs
from coverage.calibration.tracing import per_section, trace
from coverage.graph import ModeGraph
from coverage.network import Bools, Floats, Ints, RoadNetwork
from coverage.osm import BLUE
from coverage.snap import Snapped, snap
from coverage.speeds import Profile, TimeError, link_minutes
from coverage.spots import Spots, spots_of

__all__ = ["Calibration", "Runs", "calibrate", "read_runs"]

FEWEST, FEWEST_FOR_CLASSES = 30, 100
"""Below the first nothing is fitted; below the second a single factor on every speed."""
MOST_RUNS = 20_000
NO_DRIVE_M, FASTEST_RUN_KPH, SLOWEST_RUN_KPH = 50.0, 200.0, 3.0
PERIOD_RUNS = 100
"""A period of the day gets a profile of its own from so many runs."""
LOWEST_SHARE, HIGHEST_SHARE = 0.1, 0.9

Progress = Callable[[str, float], None] | None


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was fitted, to what, and how well (r rows of the file).

    Attributes:
        name: of the profile made.
        before: the profile one started from.
        after: the fitted one, with the error found on runs left out.
        periods: profiles of the periods of the day, by name; may be empty.
        start_s: seconds at the start of a run that no road explains; in no profile.
        runs: the file.
        table: every row of it: `COLUMNS` of the runs, and ``metres``, ``before_s``,
            ``predicted_s``, ``left_out_s`` (predicted by a fit that had not seen its group),
            ``weight`` (0 a gross error), ``kind`` (urban or rural, at the destination), ``square``;
            NaN where ``reason`` says why the run is not used.
        agreements: ``before``, ``fitted`` and ``left_out``.
        folds: what was left out together.
        speeds: a row per class and area, see `speed_rows`.
        delays: a row per junction: seconds before and after, its interval, how many were met.
        residuals: name -> table, see `residual_tables`.
        single: a single factor was fitted, the runs being few.
        roads: source and checksum of the network.
        searches: how often paths were looked for.
    """

    name: str
    before: Profile
    after: Profile
    periods: Mapping[str, Profile]
    start_s: float
    runs: Runs
    table: pd.DataFrame
    agreements: Mapping[str, Agreement]
    folds: Folds
    speeds: pd.DataFrame
    delays: pd.DataFrame
    residuals: Mapping[str, pd.DataFrame]
    single: bool
    roads: Mapping[str, str]
    searches: int = field(default=0)

    @property
    def used(self) -> pd.DataFrame:
        """The rows that were fitted."""
        return self.table[self.table["reason"] == ""]


def calibrate(
    network: RoadNetwork,
    base: Profile,
    runs: Runs,
    *,
    name: str = "",
    start: bool = True,
    progress: Progress = None,
) -> Calibration:
    """Fit a profile to runs.

    Args:
        network: the roads.
        base: the profile to start from; figures the runs say nothing about stay as they are.
        runs: see `read_runs`.
        name: of the profile to make; blank is the base's own, so that a scenario which names the
            file plans with it.
        start: fit a start-up time too (time from the button to the road, in no profile).
        progress: called with stage and fraction done.

    Returns:
        The fitted profile with its error on runs left out, and everything it rests on.

    Raises:
        InputError: fewer than `FEWEST` usable runs, or a profile that is not driven.
    """
    tell = progress or (lambda stage, share: None)
    if base.leg_kph is not None:
        message = f"'{base.name}' is no profile of a vehicle"
        remedy = "calibrate blue_light, car_offpeak or car_peak"
        raise InputError(Issue("calibrate.profile", message, (base.name,), remedy))
    tell("placing runs on the road", 0.0)
    table, placed = _placed(network, base, runs)
    model = _Trips(network, base, placed, tell)
    table = _without_odd(table, placed, model)
    kept = (table["reason"] == "").to_numpy()
    _enough(int(kept.sum()), table["reason"])
    work = _Work(model, table, kept, start)
    return work.done(name or base.name, runs, tell)


# ---- placing runs -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Placed:
    """Runs on the road: rows of the table (positions), and the spot of either end."""

    rows: Ints
    origins: Spots
    destinations: Spots
    spots: Ints
    to_link: Ints
    graph: ModeGraph


def _placed(network: RoadNetwork, base: Profile, runs: Runs) -> tuple[pd.DataFrame, _Placed]:
    """The table with reasons for those that are not on the road, and those that are."""
    # In an order of their own, so that the order of the file changes nothing.
    table = runs.table.sort_values(list(COLUMNS), kind="stable")
    reason = table["reason"].to_numpy(dtype=object, copy=True)
    unwanted = ("blue", "yes") if base.mode != BLUE else ("not_blue", "no")
    reason[(reason == "") & (table["blue"] == unwanted[1]).to_numpy()] = unwanted[0]
    sides = []
    open_ = np.flatnonzero(reason == "")
    for side in ("from", "to"):
        xy = table[[f"{side}_x", f"{side}_y"]].to_numpy(dtype=float)[open_].reshape(-1, 2)
        spots, which = np.unique(xy, axis=0, return_inverse=True)
        at = snap(network, [str(k) for k in range(len(spots))], spots[:, 0], spots[:, 1], base)
        sides.append((at, which.ravel()))
    (origins, from_), (destinations, to) = sides
    off = {"origin_off_network": ~origins.on_network[from_],
           "destination_off_network": ~destinations.on_network[to]}  # fmt: skip
    for word, lost in off.items():
        reason[open_[lost & (reason[open_] == "")]] = word
    on = reason[open_] == ""
    surplus = np.flatnonzero(on)[_surplus(int(on.sum()))]
    reason[open_[surplus]] = "spare"
    on[surplus] = False
    table["reason"] = reason
    ends = spots_of(origins), spots_of(destinations)
    spots = np.column_stack([ends[0].of_place[from_[on]], ends[1].of_place[to[on]]])
    return table, _Placed(open_[on], *ends, spots, _links(destinations)[to[on]], origins.graph)


def _surplus(count: int) -> Ints:
    """Positions left out where there are more than `MOST_RUNS`; evenly spread, always the same."""
    order = np.random.default_rng(0).permutation(count)
    return np.sort(order[MOST_RUNS:])


def _links(places: Snapped) -> Ints:
    return np.where(places.link_forward >= 0, places.link_forward, places.link_backward)


def _without_odd(table: pd.DataFrame, placed: _Placed, trips: _Trips) -> pd.DataFrame:
    """The table with metres and the starting profile's seconds, and reasons for odd runs."""
    rows = placed.rows
    seconds = table["seconds"].to_numpy(dtype=float)[rows]
    metres = trips.km * 1000.0
    kph = metres / seconds * 3.6
    tests = {
        "no_route": ~np.isfinite(trips.minutes),
        "no_drive": metres < NO_DRIVE_M,
        "too_fast": kph > FASTEST_RUN_KPH,
        "too_slow": kph < SLOWEST_RUN_KPH,
    }
    found = np.select(list(tests.values()), list(tests), default="").astype(object)
    changed = table.copy()
    reason = changed["reason"].to_numpy(dtype=object, copy=True)
    reason[rows] = found
    changed["reason"] = reason
    for column, values in (("metres", metres), ("before_s", trips.minutes * 60.0)):
        whole = np.full(len(table), np.nan)
        whole[rows] = np.where(np.isfinite(trips.minutes), values, np.nan)
        changed[column] = whole
    return changed


def _enough(count: int, reasons: pd.Series) -> None:
    if count >= FEWEST:
        return
    lost = reasons[reasons != ""].value_counts().sort_index()
    words = ", ".join(
        f"{number} {str(reason).replace('_', ' ')}" for reason, number in lost.items()
    )
    raise InputError(
        Issue(
            "calibrate.too_few",
            f"{count} usable runs, fewer than the {FEWEST} that say anything about speeds"
            + (f" (set aside: {words})" if words else ""),
            remedy="give more runs, check the columns read, or keep the starting profile",
        )
    )


# ---- following and fitting ----------------------------------------------------------------


class _Trips:
    """What placed runs drive under given speeds."""

    def __init__(
        self,
        network: RoadNetwork,
        base: Profile,
        placed: _Placed,
        tell: Callable[[str, float], None],
    ) -> None:
        self.network, self.base, self.placed, self.tell = network, base, placed, tell
        self.kinds: Kinds = kinds_of(network, base)
        self.per_section = per_section(placed.graph, self.kinds.per_link)
        self.searches = 0
        every = np.ones(len(placed.rows), dtype=bool)
        self.driven, self.minutes = self.follow(base, every)
        self.km = self.driven[:, : len(self.kinds)].sum(axis=1)

    def follow(self, speeds: Profile, some: Bools) -> tuple[Floats, Floats]:
        """Kilometres and junctions (float64[r, c + 5]) and minutes of some of the runs."""
        self.searches += 1
        self.tell(f"following {int(some.sum()):,} runs", 0.0)
        placed = self.placed
        minutes = link_minutes(self.network, speeds)
        paths = trace(
            placed.graph, minutes, placed.origins, placed.destinations, placed.spots[some]
        )
        return paths.totals(self.per_section, self.kinds.per_link), paths.minutes


class _Work:
    """The fit of the runs that are kept, and all that is said about it."""

    def __init__(self, trips: _Trips, table: pd.DataFrame, kept: Bools, start: bool) -> None:
        self.trips, self.table, self.kept = trips, table, kept
        self.here = kept[trips.placed.rows]
        self.used = table[kept]
        self.seconds = self.used["seconds"].to_numpy(dtype=float)
        self.first = trips.driven[self.here]
        self.single = len(self.seconds) < FEWEST_FOR_CLASSES
        bare = Model(trips.base, trips.kinds, one_knob(trips.base))
        km, runs = bare.ruled_km(self.first, np.zeros(1), sharp=8.0)
        knobs = one_knob(trips.base) if self.single else (
            knobs_for(trips.base, bare.driven_km(self.first), km, runs, start=start))  # fmt: skip
        self.model = Model(trips.base, trips.kinds, knobs)

    def done(self, name: str, runs: Runs, tell: Callable[[str, float], None]) -> Calibration:
        """Fit, leave out and tell."""
        tell("fitting", 0.0)
        fitted, pool, predicted = fit_with_paths(
            self.model, self.first, self.seconds, lambda knob: self._follow(knob, self.here)
        )
        folds = folds_of(*(self.used[[f"{s}_x", f"{s}_y"]].to_numpy(float) for s in ("from", "to")))
        left_out = self._left_out(pool, folds, tell)
        after = self._profile(name, fitted, left_out, runs)
        table = self._told(fitted, predicted, left_out)
        used = table[self.kept]
        driven = pool[-1]
        speeds, delays = speed_rows(self.model, fitted, driven)
        return Calibration(
            name=name,
            before=self.trips.base,
            after=after,
            periods=_by_period(after, used, self.model.start_s(fitted.knob)),
            start_s=self.model.start_s(fitted.knob),
            runs=runs,
            table=table.loc[runs.table.index],
            agreements=MappingProxyType(self._agreements(predicted, left_out)),
            folds=folds,
            speeds=speeds,
            delays=delays,
            residuals=residual_tables(self.model, fitted, driven, used),
            single=self.single,
            roads=MappingProxyType(
                {"source": self.trips.network.source, "sha256": self.trips.network.sha256}
            ),
            searches=self.trips.searches,
        )

    def _follow(self, knob: Floats, some: Bools) -> Floats:
        return self.trips.follow(self.model.turned(knob), some)[0]

    def _left_out(
        self, pool: list[Floats], folds: Folds, tell: Callable[[str, float], None]
    ) -> Floats:
        """Seconds of each run by a fit to the other folds, on the path that fit's speeds choose."""
        predicted = np.full(len(self.seconds), np.nan)
        count = int(folds.of_run.max()) + 1
        for fold in range(count):
            tell("leaving out", fold / count)
            out = folds.of_run == fold
            seen = fit(self.model, [driven[~out] for driven in pool], self.seconds[~out])
            some = np.zeros(len(self.here), dtype=bool)
            some[np.flatnonzero(self.here)[out]] = True
            predicted[out] = self.model.seconds(self._follow(seen.knob, some), seen.knob)
        return predicted

    def _agreements(self, predicted: Floats, left_out: Floats) -> dict[str, Agreement]:
        before = self.used["before_s"].to_numpy(float)
        return {
            "before": agreement(self.seconds, before),
            "fitted": agreement(self.seconds, predicted),
            "left_out": agreement(self.seconds, left_out),
        }

    def _profile(self, name: str, fitted: Fitted, left_out: Floats, runs: Runs) -> Profile:
        """The fitted profile, rounded as it is written, with its error."""
        found = agreement(self.seconds, left_out)
        what = f"{found.runs:,} {'routed times' if runs.routed else 'runs'} of {runs.name}"
        if runs.days:
            what += f", {runs.days[0]} to {runs.days[1]}"
        start_s = round(self.model.start_s(fitted.knob))
        apart = f"; {start_s} s of start-up, which is in no speed, apart" if start_s else ""
        error = TimeError(
            low=min(round(found.low, 3), 1.0),
            high=max(round(found.high, 3), 1.0),
            source=f"8 in 10 of {what}, each left out of the fit that predicted it{apart}",
        )
        turned = _rounded(self.model.turned(fitted.knob))
        source = f"{self.trips.base.name} calibrated on {what}"
        return replace(turned, name=name, source=source, error=error)

    def _told(self, fitted: Fitted, predicted: Floats, left_out: Floats) -> pd.DataFrame:
        """The table with what was found about each run."""
        table = self.table.copy()
        links = self.trips.placed.to_link[self.here]
        area = np.where(self.trips.network.link_urban[links], "urban", "rural")
        xy = self.used[["to_x", "to_y"]].to_numpy(float) // 5000.0 * 5.0
        square = [f"{e:.0f} E {n:.0f} N" for e, n in xy]
        for column, values in (
            ("predicted_s", predicted),
            ("left_out_s", left_out),
            ("weight", fitted.weight),
        ):
            whole = np.full(len(table), np.nan)
            whole[self.kept] = values
            table[column] = whole
        for column, words in (("kind", area), ("square", square)):
            text = np.full(len(table), "", dtype=object)
            text[self.kept] = words
            table[column] = text
        return table


def _rounded(profile: Profile) -> Profile:
    """Speeds to a tenth of a km/h, shares to a thousandth, delays to a tenth of a second."""
    speeds = {row: (round(u, 1), round(r, 1)) for row, (u, r) in profile.speeds_kph.items()}
    return replace(
        profile,
        speeds_kph=MappingProxyType(speeds),
        limit_share=(round(profile.limit_share[0], 3), round(profile.limit_share[1], 3)),
        end_s=MappingProxyType({end: round(s, 1) for end, s in profile.end_s.items()}),
    )


def _by_period(after: Profile, used: pd.DataFrame, start_s: float) -> Mapping[str, Profile]:
    """The fitted profile as much slower or faster as the runs of each period are."""
    made: dict[str, Profile] = {}
    for period in PERIODS:
        part = used[used["period"] == period]
        if len(part) < PERIOD_RUNS or len(part) == len(used):
            continue
        drive = (part["left_out_s"] - start_s).to_numpy(float)
        ratio = (part["seconds"].to_numpy(float) - start_s) / np.maximum(drive, 1.0)
        low, factor, high = np.quantile(ratio, (LOWEST_SHARE, 0.5, HIGHEST_SHARE))
        word = period.replace("-", "")
        name = f"{after.name.removesuffix('_offpeak')}_{word}"  # car_offpeak: car_peak
        name = name if name != after.name else f"{after.name}_{word}"
        made[name] = _slower(after, float(factor), name, period, (low / factor, high / factor))
    return MappingProxyType(made)


def _slower(
    after: Profile, factor: float, name: str, period: str, error: tuple[float, float]
) -> Profile:
    speeds = {row: (u / factor, r / factor) for row, (u, r) in after.speeds_kph.items()}
    urban, rural = after.limit_share
    words = f"{after.source}; {period} runs take {factor:.3f} of the time of all"
    low, high = min(round(float(error[0]), 3), 1.0), max(round(float(error[1]), 3), 1.0)
    return _rounded(
        replace(
            after,
            name=name,
            speeds_kph=MappingProxyType(speeds),
            limit_share=(urban / factor, rural / factor),
            end_s=MappingProxyType({end: s * factor for end, s in after.end_s.items()}),
            source=words,
            error=TimeError(low, high, after.error.source),
        )
    )
