"""What a scenario says about time and names what is not there, or cannot be meant.

Dates are in `optimise.phasing.misdated`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from assets.estate import Estate
from assets.issues import Issue, nearest
from optimise.moves import effective_locks, why_it_stays
from optimise.phasing.misdated import dated_misfits, dated_notes, in_words
from optimise.phasing.rules import Order, Phasing, ReceiptLink
from optimise.scenario import Scenario
from optimise.sites import AREA_OF


def phasing_misfits(scenario: Scenario, estate: Estate) -> list[Issue]:
    """Everything that windows, orders, links, neighbours, caps and money by year get wrong."""
    known = Known(scenario, estate)
    issues = _committed(scenario, known)
    rules = scenario.phasing
    if rules is not None:
        issues += [*_windows(rules, known), *_orders(rules, known), *_links(rules, known)]
        issues += [*_neighbours(rules, known), *_areas(rules, estate)]
    return issues + dated_misfits(scenario, estate)


def phasing_notes(scenario: Scenario, estate: Estate) -> tuple[Issue, ...]:
    """Warnings: caps that hold nothing back, changes that no period is left for."""
    rules = scenario.phasing
    if rules is None:
        return ()
    return (*_together(rules), *_no_markets(rules, estate), *dated_notes(scenario, estate))


@dataclass(frozen=True)
class Known:
    """What the layers have that a scenario may name."""

    scenario: Scenario
    estate: Estate

    @cached_property
    def buildings(self) -> list[str]:
        """asset_ids, ascending."""
        return [str(a) for a in self.estate.buildings.index]

    @cached_property
    def units(self) -> list[str]:
        """unit_ids, ascending."""
        return [str(u) for u in self.estate.services.index]

    @cached_property
    def areas(self) -> list[str]:
        """area_ids, ascending: of the areas layer, and those that buildings name."""
        named = {str(a) for a in self.estate.areas.index}
        for column in AREA_OF.values():
            named |= set(self.estate.buildings[column].astype(str))
        return sorted(named - {""})

    @cached_property
    def locks(self) -> pd.Series:
        """Lock of each building, by asset_id."""
        return effective_locks(self.scenario, self.estate.buildings)

    def unchanging(self, id_: str) -> str:
        """Why nothing of a unit or a building can change; "" where something can."""
        buildings = self.estate.buildings
        if id_ in self.units:
            unit = pd.Series(self.estate.services.loc[id_])
            home = str(unit["asset_id"])
            outside = not bool(buildings.at[home, "in_scope"])
            return why_it_stays(unit, outside, str(self.locks[home]))
        return "" if bool(buildings.at[id_, "in_scope"]) else "it is out of scope"

    def unknown(self, where: str, ids: Iterable[str], among: list[str], what: str) -> list[Issue]:
        """One issue for the names that are nothing of the kind."""
        absent = [name for name in dict.fromkeys(ids) if name not in among]
        if not absent:
            return []
        outside = absent[0] in self.estate.out_of_model
        remedy = "give it coordinates" if outside else nearest(absent[0], among)
        text = f"{where}: there is no {what} {in_words(absent)} in the model"
        rule = "scenario.unknown_id" if " " in what else f"scenario.unknown_{what}"
        return [Issue(rule, text, tuple(absent), remedy)]

    def ambiguous(self, where: str, ids: Iterable[str], *kinds: list[str]) -> list[Issue]:
        """Names that are of several kinds: nobody can tell which is meant."""
        both = [name for name in dict.fromkeys(ids) if sum(name in kind for kind in kinds) > 1]
        if not both:
            return []
        text = f"{where}: {in_words(both)} names more than one of a unit, a building and an area"
        return [Issue("phasing.ambiguous", text, tuple(both), "give one of them another id")]

    def still(self, where: str, ids: Iterable[str]) -> list[Issue]:
        """Units and buildings of which nothing can change."""
        found = {i: why for i in dict.fromkeys(ids) if (why := self.unchanging(i))}
        if not found:
            return []
        first, why = next(iter(found.items()))
        text = f"{where}: '{first}' can never change: {why}"
        remedy = "bring it into scope or take the lock off, or leave it out"
        return [Issue("phasing.cannot_change", text, tuple(found), remedy)]


def _committed(scenario: Scenario, known: Known) -> list[Issue]:
    issues = []
    for name, rule in sorted(scenario.committed.items()):
        where = f"committed.{name}"
        issues += known.unknown(where, rule.buildings, known.buildings, "building")
        issues += known.unknown(where, rule.units, known.units, "unit")
    return issues


def _windows(rules: Phasing, known: Known) -> list[Issue]:
    names = sorted(rules.windows)
    kinds = (known.units, known.buildings, known.areas)
    every = sorted({*known.units, *known.buildings, *known.areas})
    issues = known.unknown("phasing.windows", names, every, "unit, building or area")
    return issues + known.ambiguous("phasing.windows", names, *kinds)


def _orders(rules: Phasing, known: Known) -> list[Issue]:
    issues, either = [], sorted({*known.units, *known.buildings})
    for name, rule in sorted(rules.order.items()):
        where, ids = f"phasing.order.{name}", (rule.first, rule.then)
        wrong = known.unknown(where, ids, either, "unit or building")
        wrong += known.ambiguous(where, ids, known.units, known.buildings)
        issues += wrong or known.still(where, ids)
    for cycle, gap in _cycles(rules.order):
        if gap > 0 or len(cycle) == 1:
            text = f"phasing.order: {' → '.join((*cycle, cycle[0]))} wait for each other"
            remedy = "take one of the orders out: as they stand none of these could ever change"
            issues.append(Issue("phasing.order_cycle", text, cycle, remedy))
    return issues


def _cycles(orders: Mapping[str, Order]) -> Iterator[tuple[tuple[str, ...], int]]:
    """(ids in order, periods that must lie between in all) of each ring of orders, each once."""
    after: dict[str, dict[str, int]] = {}
    for _, rule in sorted(orders.items()):
        gaps = after.setdefault(rule.first, {})
        gaps[rule.then] = max(rule.gap_periods, gaps.get(rule.then, 0))
    told: set[frozenset[str]] = set()
    for first in sorted(after):
        for then in sorted(after[first]):
            back = _path(after, then, first)
            if back is not None and frozenset(back) not in told:
                told.add(frozenset(back))
                ring = (first, *back[:-1])
                steps = zip(ring, (*ring[1:], first), strict=True)
                yield ring, sum(after[a][b] for a, b in steps)


def _path(after: Mapping[str, Mapping[str, int]], start: str, end: str) -> tuple[str, ...] | None:
    """The shortest way along orders; None where there is none."""
    ways: deque[tuple[str, ...]] = deque([(start,)])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == end:
            return way
        for then in sorted(after.get(way[-1], ())):
            if then not in seen:
                seen.add(then)
                ways.append((*way, then))
    return None


def _together(rules: Phasing) -> Iterator[Issue]:
    """Rings of orders without a gap: all of it in one period."""
    for cycle, gap in _cycles(rules.order):
        if gap == 0 and len(cycle) > 1:
            text = f"phasing.order: {' → '.join((*cycle, cycle[0]))}: in the same period, or never"
            remedy = "leave it if that is meant, else take one of the orders out"
            yield Issue("phasing.order_ring", text, cycle, remedy, severity="warning")


def _links(rules: Phasing, known: Known) -> list[Issue]:
    issues: list[Issue] = []
    for name, rule in sorted(rules.links.items()):
        where, ids = f"phasing.links.{name}", [*rule.sales, *rule.works]
        wrong = known.unknown(where, ids, known.buildings, "building")
        issues += wrong or [*known.still(where, ids), *_unlinkable(where, rule, known)]
    issues += _shared_out(rules)
    return issues + _twice("phasing.links", {n: r.works for n, r in rules.links.items()}, _PAID)


_PAID = ("phasing.paid_twice", "its works are paid for twice", "put both into one link")
_BONUS = ("phasing.neighbours_twice", "its receipt has a bonus twice", "make one set of both")


def _shared_out(rules: Phasing) -> Iterator[Issue]:
    """Receipts of which links together use more than all."""
    by_sale: dict[str, dict[str, float]] = {}
    for name, rule in sorted(rules.links.items()):
        for sale in dict.fromkeys(rule.sales):
            by_sale.setdefault(sale, {})[name] = rule.share
    for sale, shares in sorted(by_sale.items()):
        if sum(shares.values()) > 1.0 + 1e-9:
            text = (
                f"phasing.links: {in_words(shares)} use {sum(shares.values()):.0%} of the receipt "
                f"of '{sale}' together"
            )
            remedy = "let their shares of it add up to 1 at most, or put them into one link"
            yield Issue("phasing.earmarked_twice", text, (sale,), remedy)


def _unlinkable(where: str, rule: ReceiptLink, known: Known) -> list[Issue]:
    """Sales of what cannot be sold, works where nothing can be done, one building as both."""
    buildings, issues = known.estate.buildings, []
    both = tuple(s for s in dict.fromkeys(rule.sales) if s in rule.works)
    if both:
        text = f"{where}: '{both[0]}' is to be sold and to be worked on"
        issues.append(Issue("phasing.link_both", text, both, "name it once"))
    unsold = tuple(s for s in dict.fromkeys(rule.sales) if not _sells(buildings.loc[s]))
    if unsold:
        text = f"{where}: '{unsold[0]}' has no receipt: it is no freehold with a market value"
        remedy = "give its tenure and market_value_gbp, or leave it out"
        issues.append(Issue("phasing.no_receipt", text, unsold, remedy))
    idle = tuple(s for s in dict.fromkeys(rule.works) if not _works(buildings.loc[s], known))
    if idle:
        text = f"{where}: there is nothing to pay for at '{idle[0]}'"
        remedy = "works are a candidate built, an extension (extension_max_m2), or condition works"
        issues.append(Issue("phasing.no_works", text, idle, remedy))
    return issues


def _sells(building: pd.Series) -> bool:
    value = float(building["market_value_gbp"])
    return bool(building["tenure"] == "freehold" and building["status"] != "candidate"
                and value > 0)  # fmt: skip


def _works(building: pd.Series, known: Known) -> bool:
    room = float(building["extension_max_m2"]) > 0
    return bool(building["status"] == "candidate" or room or known.scenario.condition is not None)


def _twice(where: str, named: Mapping[str, list[str]], words: tuple[str, str, str]) -> list[Issue]:
    """Buildings that several records name."""
    rule, why, remedy = words
    by_building: dict[str, list[str]] = {}
    for name, ids in sorted(named.items()):
        for asset_id in dict.fromkeys(ids):
            by_building.setdefault(asset_id, []).append(name)
    return [
        Issue(
            rule, f"{where}: {in_words(names)} both name '{asset_id}': {why}", (asset_id,), remedy
        )
        for asset_id, names in sorted(by_building.items())
        if len(names) > 1
    ]


def _neighbours(rules: Phasing, known: Known) -> list[Issue]:
    issues: list[Issue] = []
    for name, rule in sorted(rules.neighbours.items()):
        where, ids = f"phasing.neighbours.{name}", rule.buildings
        wrong = known.unknown(where, ids, known.buildings, "building")
        if len(set(ids)) < len(ids):
            text = f"{where}: a building is named twice"
            wrong.append(Issue("phasing.neighbours_same", text, tuple(ids), "name each once"))
        issues += wrong or [*known.still(where, ids), *_unsellable(where, ids, known)]
    named = {name: rule.buildings for name, rule in rules.neighbours.items()}
    return issues + _twice("phasing.neighbours", named, _BONUS)


def _unsellable(where: str, ids: list[str], known: Known) -> list[Issue]:
    buildings = known.estate.buildings
    new = tuple(s for s in ids if buildings.at[s, "status"] == "candidate")
    if new:
        text = f"{where}: '{new[0]}' is a candidate: it is not there to be sold"
        return [Issue("phasing.no_receipt", text, new, "name buildings that stand")]
    if any(_sells(buildings.loc[s]) for s in ids):
        return []
    text = f"{where}: none of {in_words(ids)} has a receipt that a bonus could be added to"
    remedy = "give their tenure and market_value_gbp, or leave them out"
    return [Issue("phasing.no_receipt", text, tuple(ids), remedy)]


def _areas(rules: Phasing, estate: Estate) -> list[Issue]:
    """A cap on areas worked on at once, where no building lies in one."""
    column = AREA_OF[rules.area_kind]
    if rules.areas_at_once is None or (estate.buildings[column].astype(str) != "").any():
        return []
    text = f"phasing.areas_at_once: no building lies in an area of kind {rules.area_kind}"
    remedy = "add areas of that kind, or name another as area_kind"
    return [Issue("scenario.no_areas", text, (rules.area_kind,), remedy)]


def _no_markets(rules: Phasing, estate: Estate) -> Iterator[Issue]:
    """Caps by market area that leave out buildings that are in none."""
    caps = (rules.disposals_per_market_area_pa, rules.disposals_gbp_per_market_area_pa)
    if all(cap is None for cap in caps):
        return
    buildings = estate.buildings[estate.buildings["in_scope"].astype(bool)]
    sold = [str(s) for s, row in buildings.iterrows() if _sells(row)]
    free = tuple(s for s in sold if str(buildings.at[s, "market_area"]) == "")
    if not free:
        return
    if len(free) == len(sold):
        text = "sales are capped by market area, but no building that could be sold is in one"
    else:
        text = f"{len(free)} of {len(sold)} buildings that could be sold are in no market area"
    remedy = "add areas of kind market, or fill in market_area: as it stands no cap holds them"
    yield Issue("phasing.no_market_area", text, free, remedy, severity="warning")
