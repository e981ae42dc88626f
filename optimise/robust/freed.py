"""A scenario whose rules are only looked at: the numbers of a problem without what it asks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from optimise.asked import Asked
from optimise.centres import centre_of
from optimise.knobs import Targets
from optimise.phasing.rules import Partners
from optimise.problem import Problem, cover_rules_of
from optimise.sites import Site
from optimise.units import Unit


def freed(problem: Problem, base: Problem) -> Problem:
    """What a plan of the base comes to in a scenario, whichever of the scenario's rules it breaks.

    Units may be where the base permits them, as far as the scenario has the building; buildings
    take in whatever comes (an extension is paid for by the square metre, however large); nothing
    is asked of standards, money, numbers, areas or partners, but soft standards that are missed
    cost what they cost. What is left is what `optimise.outcome.outcome` counts of any plan. A rule
    that the base has just so is kept by every plan of the base: it may stand, and the two
    programs are the more alike for it.

    Args:
        problem: of the scenario.
        base: whose permissions the units have.
    """
    units = {u: _as_in(base.units[u], unit, problem) for u, unit in problem.units.items()}
    same = problem.asked == base.asked and _in_use(problem) == _in_use(base)
    alike = _spaces(units) == _spaces(base.units)
    whole = sum(map(max, _spaces(units).values()))
    keys = {term.key for term, _ in problem.goal.terms}
    covers = tuple(
        rule
        for rule in cover_rules_of(problem.standards, problem.tallies, units)
        if rule.rule_id in keys or (rule.promise and rule.price_gbp is not None)
    )
    by_id = {data.standard.standard_id: data for data in problem.standards}
    return replace(
        problem,
        units=units,
        sites={
            s: _open_to_all(site, base.sites.get(s), (whole, alike), same)
            for s, site in problem.sites.items()
        },
        covers=covers,
        pairs=problem.pairs
        if problem.pairs == base.pairs and problem.together_today == base.together_today
        else tuple(replace(pair, forbidden=False) for pair in problem.pairs),
        single=(),
        counts=(),
        targets=Targets(),
        asked=problem.asked if same else Asked(),
        fair=(),
        limits=(),
        centres=tuple(
            centre_of(c.rule_id, by_id[c.standard_id], units)
            for c in problem.centres
            if c.rule_id in keys
        ),
        partners=Partners(),
    )


def _as_in(base: Unit, unit: Unit, problem: Problem) -> Unit:
    """The unit of a scenario, with the base's permissions on the scenario's buildings."""
    if base.fixed:
        return replace(unit, fixed=True, sites=(unit.home,), outreach=None, may_withdraw=False)
    outreach = None
    if unit.outreach is not None:
        aside = tuple(s for s in base.outreach_sites if s in problem.sites)
        outreach = replace(unit.outreach, sites=aside)
    return replace(
        unit,
        fixed=False,
        sites=tuple(s for s in base.sites if s in problem.sites),
        outreach=outreach,
        may_withdraw=base.may_withdraw,
    )


def _spaces(units: Mapping[str, Unit]) -> dict[str, tuple[float, float]]:
    """unit_id → m² it takes of its building, in full and as outreach."""
    return {
        u: (unit.space_m2, unit.outreach.space_m2 if unit.outreach is not None else 0.0)
        for u, unit in units.items()
    }


def _in_use(problem: Problem) -> dict[str, bool]:
    """Buildings, and whether they stay in use whatever is in them."""
    return {s: site.stays_open for s, site in problem.sites.items()}


def _open_to_all(site: Site, base: Site | None, room: tuple[float, bool], same: bool) -> Site:
    """The building with no limit to what it takes in, and no rule about its use or condition.

    Args:
        site: of the scenario.
        base: the same building in the base; None where the base has none.
        room: m² that all units together could ask of it; whether each asks what it asks in
            the base.
        same: whether named sets, and what stays in use, are the base's.
    """
    most = site.extension_max_m2
    size = None if base is None else (base.capacity_m2, base.extension_max_m2)
    if not room[1] or size != (site.capacity_m2, most):
        most = max(most, room[0])
    return replace(
        site,
        # What stays in use whatever is in it does so in any plan; that is no choice of the plan's.
        must_open=site.must_open if same else site.stays_open,
        must_close=site.must_close and base is not None and base.must_close,
        must_improve=site.must_improve and base is not None and base.must_improve,
        extension_max_m2=most,
        bays=math.inf,
        sessions_pw=math.inf,
    )
