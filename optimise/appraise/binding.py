"""Rules that hold with no room to spare, recomputed from the problem and the plan: no solver.

A rule *binds* where less is left of it than one more step would take. What a step is depends on
the rule: a sale, a move, a building, a service, a person; each maker says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimise.appraise.sight import Sight, capital, counted
from optimise.covers import CoverRule
from optimise.protected import PART, RULE, detriment_table

#: What counts as nothing, in a figure's own unit.
NIL = 1e-6
#: Minutes (or miles) of a mean that are no room to spare.
NEAR_MIN = 0.1


@dataclass(frozen=True)
class Binding:
    """A rule that holds with no room to spare.

    Attributes:
        rule: where it stands in the scenario: ``standards.fire_10``, ``targets.receipts_gbp``.
        family: standards, fairness, money, limits, counts, asked, locks, room, phasing, partners.
        words: what it asks, without sums of money and names of buildings.
        where: area or period; "" = everywhere.
        asked, reached, slack: in ``unit`` (share, min, miles, gbp, count, number); None where a
            rule has no figure. Slack is how far the plan is on the right side.
        asset_ids: buildings that it holds where they are, ascending.
        standard_id: "" where it is of none.
    """

    rule: str
    family: str
    words: str
    where: str = ""
    asked: float | None = None
    reached: float | None = None
    slack: float | None = None
    unit: str = "count"
    asset_ids: tuple[str, ...] = ()
    standard_id: str = ""


def of_standards(sight: Sight) -> Iterator[Binding]:
    """Hard standards that losing most of the buildings they count on would break.

    binds ⇔ |{b ∈ B : tally − loss_b < required}| ≥ ½ |B|

    In words: of the buildings whose crews or services the plan could take away and that somebody
    is served by only because of them, at least half could not go, each on its own with all else
    as planned, without the standard being missed. Those buildings are its ``asset_ids``.

    Symbols: B buildings with loss_b > 0; loss_b what the tally (`CoverRule`) loses without b's
    units; in units of the standard's weight (times minutes for a mean).

    Source: slack against the smallest step of an integer program (a constraint can bind without
    being met with equality).
    """
    by_id = {data.standard.standard_id: data for data in sight.problem.standards}
    for rule in sight.problem.covers:
        if not rule.promise or rule.price_gbp is not None or not rule.required:
            continue
        tally = sight.after.tallies[rule.rule_id, rule.area_id]
        losses = losses_of(sight, rule)
        breaking = sorted(s for s, lost in losses.items() if tally - lost < rule.required - NIL)
        if not losses or 2 * len(breaking) < len(losses):
            continue
        data = by_id[rule.standard_id]
        asked = data.required_figure(rule.area_id)
        reached = sight.after.figures[rule.rule_id, rule.area_id]
        slack = asked - reached if data.standard.in_minutes else reached - asked
        yield Binding(
            f"standards.{rule.standard_id}",
            "standards",
            f"{data.standard.label}: {_without(len(breaking), len(losses))}",
            _area(sight, rule.area_id),
            round(asked, 6),
            round(reached, 6),
            round(slack, 6),
            data.standard.unit if data.standard.in_minutes else "share",
            tuple(breaking),
            rule.standard_id,
        )


def _without(breaking: int, counted_on: int) -> str:
    if counted_on == 1:
        return "it would be missed without the one building that it counts on."
    which = f"any one of {breaking:,} of" if breaking < counted_on else "any one of"
    which = "one of" if breaking == 1 else which
    return f"it would be missed without {which} the {counted_on:,} buildings it counts on."


def losses_of(sight: Sight, rule: CoverRule) -> dict[str, float]:
    """asset_id → what the rule's tally loses without the units there that the plan may change.

    Counted from the merged groups of the rule: a group is lost where fewer vehicles than it
    needs would be left. Buildings without which nothing is lost are not in it.
    """
    placed, units = sight.after.placed, sight.problem.units
    aside = set(sight.after.outreach)
    lost: dict[str, float] = {}
    for group in rule.groups:
        there: dict[str, int] = {}
        for provider in group.providers:
            for u in group.units_at(provider, rule):
                counts = u not in aside or units[u].outreach_counts(rule.standard_id)
                if placed[u] == provider.site_id and counts:
                    there[provider.site_id] = there.get(provider.site_id, 0) + units[u].vehicles
        total = sum(there.values())
        for s, vehicles in there.items():
            if total >= group.need > total - vehicles:
                lost[s] = lost.get(s, 0.0) + group.gain
    return {s: gain for s, gain in sorted(lost.items()) if gain > NIL}


def of_fairness(sight: Sight) -> Iterator[Binding]:
    """Rules of no detriment and equity, where one person more would break them.

    binds ⇔ spare < w_min (of a weight), spare · total < w_min (of a share), spare < 0.1 (minutes)

    In words: w_min is the smallest number of people at any place that the standard counts.
    """
    if not sight.problem.fair:
        return
    table = detriment_table(sight.plan)
    rules = {rule.key: rule for rule in sight.problem.fair}
    for row in table.to_dict("records"):
        spare, rule = float(row["spare"]), rules.get(str(row["rule"]))
        if rule is None or math.isnan(spare):
            continue
        # The rule's own row repeats its nearest part, but of a gap it is the only one.
        if row["scope"] != (RULE if rule.kind == "gap" else PART):
            continue
        unit = {"minutes": "min", "miles": "miles", "share": "share"}.get(row["counts"], "count")
        weight = rule.data.weight[rule.data.weight > 0]
        least = float(weight.min()) if len(weight) else 0.0
        if unit == "share":
            least /= max(float(row["total"]), float(weight.max()) if len(weight) else 1.0)
        tight = spare < (NEAR_MIN if unit in ("min", "miles") else least)
        if tight:
            yield Binding(
                str(row["rule"]),
                "fairness",
                str(row["words"]),
                str(row["area_name"] or row["area_id"] or ""),
                float(row["limit"]),
                float(row["after"]),
                spare,
                unit,
                (),
                str(row["standard_id"]),
            )


def of_counts(sight: Sight) -> Iterator[Binding]:
    """Services delivered in full in just the number that is asked for."""
    units, placed = sight.problem.units, sight.after.placed
    aside = set(sight.after.outreach)
    for rule in sight.problem.counts:
        full = [
            u
            for u in sorted(units)
            if units[u].service_type == rule.service_type and placed[u] and u not in aside
        ]
        for name, asked, spare in _sides(rule.at_least, rule.at_most, len(full)):
            if spare == 0:
                words = f"{_kind(rule.service_type)} delivered in full: {name} {asked:,}."
                yield Binding(
                    f"services.{rule.service_type}.{name.replace(' ', '_')}", "counts",
                    words, "", float(asked), float(len(full)), 0.0, "count",
                    tuple(sorted({placed[u] for u in full})) if name != "at most" else (),
                )  # fmt: skip


def _sides(at_least: int | None, at_most: int | None, now: int) -> Iterator[tuple[str, int, int]]:
    """(words, asked, how much is to spare) of each side that is held."""
    if at_least is not None and at_least == at_most:
        yield "exactly", at_least, 0
        return
    if at_least:
        yield "at least", at_least, now - at_least
    if at_most is not None:
        yield "at most", at_most, at_most - now


def of_sets(sight: Sight) -> Iterator[Binding]:
    """Named sets of which just so many are kept as are asked for."""
    after, sites = sight.after, sight.problem.sites
    for rule in sight.problem.asked.sets:
        if rule.of_units:
            wanted = {"full": False, "outreach": True}.get(rule.mode)
            kept = [
                m
                for m in rule.members
                if after.placed[m] and (wanted is None or (m in after.outreach) == wanted)
            ]
            places = sorted({after.placed[m] for m in kept})
        else:
            kept = [m for m in rule.members if m in after.open or m not in sites]
            places = sorted(kept)
        what = "services" if rule.of_units else "buildings"
        # At most as many as there are asks nothing.
        most = rule.at_most if (rule.at_most or 0) < len(rule.members) else None
        for name, asked, spare in _sides(rule.at_least, most, len(kept)):
            if spare == 0:
                words = f"{name} {asked:,} of {len(rule.members):,} {what} {MODES[rule.mode]}"
                yield Binding(
                    rule.key, "asked", f"{capital(words)}{_why(rule.reason)}.", "", float(asked),
                    float(len(kept)), 0.0, "count", tuple(places) if name != "at most" else (),
                )  # fmt: skip


#: What is counted of a set.
MODES: Mapping[str, str] = {"any": "kept", "full": "kept in full", "outreach": "run as outreach"}


def of_hubs(sight: Sight) -> Iterator[Binding]:
    """Areas that have just the hubs that are asked for."""
    units, after = sight.problem.units, sight.after
    for rule in sight.problem.asked.hubs:
        kinds: dict[str, set[str]] = {}
        for u, s in after.placed.items():
            if s in rule.sites and (rule.outreach or u not in after.outreach):
                kinds.setdefault(s, set()).add(units[u].service_type)
        hubs = sorted(s for s in kinds if len(kinds[s] & set(rule.among)) >= rule.services)
        now = rule.standing + len(hubs)
        if now == rule.at_least:
            words = f"{counted(rule.at_least, 'building')} with {rule.services:,} services or more"
            yield Binding(
                rule.key, "asked", f"{capital(words)}{_why(rule.reason)}.",
                _area(sight, rule.area_id), float(rule.at_least), float(now), 0.0, "count",
                tuple(hubs),
            )  # fmt: skip


def of_moves(sight: Sight) -> Iterator[Binding]:
    """Moves that members have decided already."""
    named = sight.problem.asked.moves
    if named:
        yield Binding(
            "moves", "asked", f"{capital(counted(len(named), 'move'))} decided already.", "",
            float(len(named)), float(len(named)), 0.0, "count",
            tuple(sorted({m.to for m in named if m.to})),
        )  # fmt: skip


def of_change(sight: Sight) -> Iterator[Binding]:
    """Limits of change that are used up."""
    placed, units, sites = sight.after.placed, sight.problem.units, sight.problem.sites
    for rule in sight.problem.asked.change:
        moved = [u for u in rule.units if placed[u] not in ("", units[u].home)]
        closed = [s for s in rule.buildings if s in sites and s not in sight.after.open]
        gone = [u for u in rule.units if not placed[u]]
        for what, most, now in (
            ("services moved", rule.moves_at_most, moved),
            ("buildings closed", rule.closures_at_most, closed),
            ("services no longer delivered", rule.withdrawals_at_most, gone),
        ):
            if most is not None and len(now) == most:
                where = _kind(rule.part) if rule.per == "type" else _area(sight, rule.part)
                yield Binding(
                    rule.key, "asked", f"At most {most:,} {what}.", where, float(most),
                    float(len(now)), 0.0,
                )  # fmt: skip


def of_locks(sight: Sight, locks: Mapping[str, str]) -> Iterator[Binding]:
    """Locks in force: how many buildings each kind holds, and services that may not change.

    Args:
        sight: the plan.
        locks: asset_id → its lock (`optimise.moves.effective_locks`).
    """
    for lock, words in LOCK_WORDS.items():
        ids = tuple(s for s in sorted(sight.problem.sites) if locks[s] == lock)
        if ids:
            yield _lock(f"locks.{lock}", f"{capital(counted(len(ids), 'building'))} {words}.", ids)
    units = sight.problem.units
    stay = [u for u in sorted(units) if units[u].stays and not units[u].fixed]
    if stay:
        ids = tuple(sorted({units[u].home for u in stay}))
        words = f"{capital(counted(len(stay), 'service'))} may not change."
        yield _lock("services.lock", words, ids, len(stay))


#: What a lock means.
LOCK_WORDS: Mapping[str, str] = {
    "retain": "locked to be kept",
    "close": "locked to be let go",
    "host_only": "locked to be kept, others may come",
    "no_host": "locked to take nobody in",
}


def _lock(rule: str, words: str, ids: Sequence[str], number: int | None = None) -> Binding:
    now = float(len(ids) if number is None else number)
    return Binding(rule, "locks", words, "", now, now, 0.0, "count", tuple(ids))


def _area(sight: Sight, area_id: str) -> str:
    return sight.problem.asked.area_names.get(area_id, area_id)


def _kind(service_type: str) -> str:
    return capital(service_type.replace("_", " "))


def _why(reason: str) -> str:
    return f" ({reason.rstrip('. ')})" if reason else ""
