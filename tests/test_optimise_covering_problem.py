"""The covering models through the planner's own program: the same optimum, by both solvers.

Every candidate site is a building of one service unit that may be withdrawn; how many may stay
is a count, the threshold a standard, and the model a measure to be made best. Money is nil.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import covering_files as files
from coverage.standards import Standard
from coverage.travel import TravelTimes
from optimise.centres import centre_of
from optimise.covering import (
    Instance,
    from_table,
    least_mean,
    least_worst,
    most_covered,
    set_cover,
)
from optimise.covers import cover_rules, tally_rules
from optimise.goal_tallies import USES, goal_tallies
from optimise.goals import Goal, Stage, indicator, split_key
from optimise.knobs import Solver, Targets
from optimise.problem import CountRule, Problem
from optimise.sites import Site
from optimise.solve import solve
from optimise.tallies import StandardData, standard_data
from optimise.units import Unit

SOLVERS = ("highs", "cbc")


class Layers:
    """As much of an estate as a standard is measured from."""

    def __init__(self, instance: Instance) -> None:
        ids = pd.Index(instance.demand_ids, name="demand_id")
        self.demand = pd.DataFrame(
            {"population": instance.weight, "imd_decile": pd.NA, "urban_rural": ""}, index=ids
        )


def unit_at(site: str) -> Unit:
    return Unit(
        unit_id=f"unit {site}", service_type="library", home=site, sites=(site,), space_m2=0.0,
        fixed=False, may_withdraw=True, move_gbp=0.0, hosting_gbp_pa=0.0, withdrawal_gbp_pa=0.0,
        turnout_s=0.0, vehicles=1,
    )  # fmt: skip


def building(site: str) -> Site:
    return Site(
        asset_id=site, in_use_today=True, must_open=False, must_close=False, capacity_m2=1.0,
        extension_max_m2=0.0, extension_gbp_per_m2=0.0, annual_gbp=0.0, build_gbp=0.0,
        receipt_gbp=0.0, release_gbp=0.0, release_pv_gbp=0.0, backlog_gbp=0.0,
    )  # fmt: skip


def as_problem(instance: Instance, aim: str, standard: Standard, sites: int | None) -> Problem:
    """An instance as the planner has it, minutes being its distances.

    Args:
        instance: demand, sites and distances.
        aim: a measure of the standard ``s``, or ``buildings_open``.
        standard: of which a ``report`` is only measured.
        sites: units that stay, exactly; None = as many as it takes.
    """
    minutes = np.where(np.isfinite(instance.dense()), instance.dense(), np.nan)
    none = np.zeros
    times = TravelTimes(
        instance.demand_ids, instance.site_ids, minutes, minutes, none(len(minutes)),
        none(minutes.shape[1]), "car", "to_site", {},
    )  # fmt: skip
    units = {u.unit_id: u for u in map(unit_at, instance.site_ids)}
    layers = Layers(instance)
    data: StandardData = standard_data(standard, layers, units, times)  # type: ignore[arg-type]
    keys = [aim] if split_key(aim)[0] in USES else []
    tallies = goal_tallies(keys, [data], layers.demand)
    promised = cover_rules(data, units) if standard.kind != "report" else ()
    return Problem(
        sites={s: building(s) for s in instance.site_ids},
        units=units,
        covers=(*promised, *(rule for tally in tallies for rule in tally_rules(tally, units))),
        pairs=(),
        together_today=frozenset(),
        single=(),
        counts=(CountRule("library", sites, sites),) if sites else (),
        targets=Targets(),
        annuity=1.0,
        reinvest_share=0.0,
        do_nothing_gbp=0.0,
        standards=(data,),
        tallies=tallies,
        stages=(Stage(Goal(((indicator(aim), 1.0),))),),
        centres=(centre_of(aim, data, units),) if split_key(aim)[0] == "worst_min" else (),
    )


def within(threshold: float, **more) -> Standard:
    return Standard(
        standard_id="s", service_type="library", threshold_min=threshold, **{"target": 1.0, **more}
    )


def reported(threshold: float) -> Standard:
    return within(threshold, kind="report", target=None)


def planned(problem: Problem, solver: str) -> float:
    """The planner's optimum of the aim, proved."""
    found = solve(problem, Solver(name=solver, gap=0.0, time_limit_s=60, threads=1))
    assert found.status == "optimal"
    return float(found.value)


def small(seed: int) -> Instance:
    made = np.random.default_rng(seed)
    places, sites = made.uniform(0, 10, (18, 2)), made.uniform(0, 10, (7, 2))
    apart = np.hypot(*(places[:, None, :] - sites[None, :, :]).transpose(2, 0, 1)).round(2)
    weight = made.integers(100, 900, 18).astype(float)
    ids = [f"d{k:02}" for k in range(18)], [f"s{k}" for k in range(7)]
    return from_table(*ids, apart, weight=weight)


def san_francisco(shared_data: Path) -> Instance:
    """Distances in km, so that they are of the size of minutes."""
    folder = shared_data / "bench_sf"
    made = files.matrix_instance(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv",
        folder / "SF_demand_205_centroid_uniform_weight.csv",
        files.Columns(),
    )
    return from_table(made.demand_ids, made.site_ids, made.dense() / 1000.0, weight=made.weight)


@pytest.fixture(params=["small 1", "small 2", "small 3", "San Francisco"])
def case(request) -> tuple[Instance, float, int]:
    """(instance, threshold that reaches everybody, sites)."""
    if request.param == "San Francisco":
        return san_francisco(request.getfixturevalue("shared_data")), 5.0, 4
    instance = small(int(request.param.split()[1]))
    reach = float(np.sort(instance.dense(), axis=1)[:, 1].max())
    return instance, reach, 3


@pytest.mark.parametrize("solver", SOLVERS)
def test_most_cover_is_the_planners(case, solver):
    instance, reach, sites = case
    short = round(0.6 * reach, 3)
    problem = as_problem(instance, "people_within.s", reported(short), sites)
    ours = most_covered(instance.within(short), sites=sites)
    assert planned(problem, solver) == pytest.approx(ours.objective)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_fewest_buildings_are_the_planners(case, solver):
    instance, reach, _ = case
    problem = as_problem(instance, "buildings_open", within(reach), None)
    assert planned(problem, solver) == set_cover(instance.within(reach)).objective


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_least_mean_is_the_planners(case, solver):
    instance, reach, sites = case
    problem = as_problem(instance, "mean_min.s", reported(reach), sites)
    ours = least_mean(instance, sites=sites)
    assert planned(problem, solver) == pytest.approx(ours.figures["mean"], rel=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_least_worst_is_the_planners(case, solver):
    instance, reach, sites = case
    problem = as_problem(instance, "worst_min.s", reported(reach), sites)
    ours = least_worst(instance, sites=sites)
    assert planned(problem, solver) == pytest.approx(ours.objective, abs=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
def test_backup_cover_is_the_planners_second_vehicle(case, solver):
    instance, reach, _ = case
    long = reach if len(instance.site_ids) < 16 else 12.0
    second = within(long, nth_vehicle=2, mode="blue_light", clock_start="departure")
    problem = as_problem(instance, "buildings_open", second, None)
    ours = set_cover(instance.within(long), depth=2)
    assert planned(problem, solver) == ours.objective
