"""Savings that other programmes have counted already, and what is left for a plan to claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from assets.estate import Estate
from assets.issues import Issue
from optimise.phasing.rules import Committed
from optimise.scenario import Scenario
from optimise.sites import Site, amount, lease_terms
from optimise.units import Unit

#: £ a year of rounding that is no excess.
ROUNDING_GBP_PA = 1.0
#: Columns of `committed_table`.
COMMITTED = (
    "committed", "tag", "programme", "what", "id", "name", "cost_gbp_pa", "committed_gbp_pa",
    "left_gbp_pa",
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """What one committed saving takes of one building or unit, £ a year.

    Attributes:
        name: of the saving in the scenario.
        what: building or unit.
        cost_gbp_pa: what it costs today.
    """

    name: str
    tag: str
    programme: str
    what: str
    id_: str
    cost_gbp_pa: float
    gbp_pa: float


def shares(scenario: Scenario, estate: Estate) -> Iterator[Share]:
    """Each committed saving shared over its buildings or units by what they cost, ids ascending.

    share_i = £ a year · cost_i / Σ cost; ids that the layers do not have are left out.
    """
    for name, record in sorted(scenario.committed.items()):
        costs = _costs(record, estate, scenario.finance.base_year)
        total = sum(costs.values())
        for id_, cost in costs.items():
            part = record.gbp_pa * cost / total if total > 0 else 0.0
            what = "building" if record.buildings else "unit"
            yield Share(name, record.tag, record.programme, what, id_, cost, part)


def _costs(record: Committed, estate: Estate, base_year: int) -> dict[str, float]:
    """By id, £ a year that it costs today: of a building running cost and rent less income."""
    if record.units:
        known = [u for u in sorted(set(record.units)) if u in estate.services.index]
        costs = estate.services["service_cost_gbp_pa"]
        return {u: max(0.0, amount(costs[u])) for u in known}
    found = {}
    for s in sorted(set(record.buildings)):
        if s in estate.buildings.index:
            row = estate.buildings.loc[s]
            lease = lease_terms(s, estate.leases, base_year)
            rent = lease.annual_rent_gbp if lease is not None else 0.0
            cost = amount(row["running_cost_gbp_pa"]) + rent - amount(row["income_gbp_pa"])
            # A candidate costs nothing yet.
            found[s] = max(0.0, cost) if row["status"] != "candidate" else 0.0
    return found


def committed_misfits(scenario: Scenario, estate: Estate) -> list[Issue]:
    """Savings counted twice under one tag, or beyond what there is to save."""
    found = list(shares(scenario, estate))
    return [*_twice(found), *_too_much(scenario, found)]


def _twice(found: list[Share]) -> Iterator[Issue]:
    by_place: dict[tuple[str, str, str], list[str]] = {}
    for share in found:
        by_place.setdefault((share.tag, share.what, share.id_), []).append(share.name)
    by_names: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (tag, what, id_), several in sorted(by_place.items()):
        if len(several) > 1:
            by_names.setdefault((tag, what, tuple(several)), []).append(id_)
    for (tag, what, names), ids in sorted(by_names.items()):
        yield Issue(
            "committed.counted_twice",
            f"committed savings {' and '.join(names)} count the same {what}s under the tag '{tag}'",
            tuple(ids),
            "name each of them in one committed saving of a tag, or add the two sums up in one",
        )


def _too_much(scenario: Scenario, found: list[Share]) -> Iterator[Issue]:
    short = set()
    for name, record in sorted(scenario.committed.items()):
        own = [share for share in found if share.name == name]
        cost = sum(share.cost_gbp_pa for share in own)
        if own and record.gbp_pa > cost + ROUNDING_GBP_PA:
            short.add(name)
            yield _beyond(f"committed saving {name}: £{record.gbp_pa:,.0f} a year", cost, own)
    together: dict[tuple[str, str], list[Share]] = {}
    for share in found:
        together.setdefault((share.what, share.id_), []).append(share)
    for _, own in sorted(together.items()):
        names = [share.name for share in own]
        asked, cost = sum(share.gbp_pa for share in own), own[0].cost_gbp_pa
        if len(own) > 1 and asked > cost + ROUNDING_GBP_PA and not short & set(names):
            text = f"committed savings {' and '.join(names)}: £{asked:,.0f} a year together"
            yield _beyond(text, cost, own[:1])


def _beyond(text: str, cost: float, own: list[Share]) -> Issue:
    ids = tuple(dict.fromkeys(share.id_ for share in own))
    where = f"these {own[0].what}s cost" if len(ids) > 1 else f"this {own[0].what} costs"
    return Issue(
        "committed.more_than_it_costs",
        f"{text} is more than the £{cost:,.0f} a year that {where} today",
        ids,
        "lower gbp_pa, name more of what it is saved on, or correct the cost in the layers",
    )


def taken_by_id(scenario: Scenario, estate: Estate) -> Mapping[tuple[str, str], float]:
    """(building or unit, id) → £ a year that is committed there, every tag together."""
    taken: dict[tuple[str, str], float] = {}
    for share in shares(scenario, estate):
        key = (share.what, share.id_)
        taken[key] = taken.get(key, 0.0) + share.gbp_pa
    return taken


def sites_left(sites: Mapping[str, Site], scenario: Scenario, estate: Estate) -> dict[str, Site]:
    """Buildings with what their release saves counted only beyond what is committed there."""
    taken = taken_by_id(scenario, estate)
    return {
        s: replace(site, annual_gbp=_left(site.annual_gbp, taken.get(("building", s), 0.0)))
        for s, site in sites.items()
    }


def units_left(units: Mapping[str, Unit], scenario: Scenario, estate: Estate) -> dict[str, Unit]:
    """Units with what withdrawal or outreach saves counted only beyond what is committed there."""
    taken = taken_by_id(scenario, estate)
    made = {}
    for u, unit in units.items():
        gone = taken.get(("unit", u), 0.0)
        aside = unit.outreach
        if aside is not None:
            aside = replace(aside, saving_gbp_pa=_left(aside.saving_gbp_pa, gone))
        left = _left(unit.withdrawal_gbp_pa, gone)
        made[u] = replace(unit, withdrawal_gbp_pa=left, outreach=aside) if gone else unit
    return made


def _left(saving_gbp_pa: float, committed_gbp_pa: float) -> float:
    """What is left of a saving; one that is none stays as it is."""
    return saving_gbp_pa - min(committed_gbp_pa, max(0.0, saving_gbp_pa))


def committed_table(scenario: Scenario, estate: Estate) -> pd.DataFrame:
    """A row per committed saving and building or unit (`COMMITTED`), £ a year."""
    taken = taken_by_id(scenario, estate)
    names = {"building": estate.buildings["name"], "unit": estate.services["name"]}
    rows = [
        {
            "committed": share.name,
            "tag": share.tag,
            "programme": share.programme,
            "what": share.what,
            "id": share.id_,
            "name": names[share.what][share.id_],
            "cost_gbp_pa": round(share.cost_gbp_pa, 2),
            "committed_gbp_pa": round(share.gbp_pa, 2),
            "left_gbp_pa": round(share.cost_gbp_pa - taken[share.what, share.id_], 2),
        }
        for share in shares(scenario, estate)
    ]
    return pd.DataFrame(rows, columns=list(COMMITTED))
