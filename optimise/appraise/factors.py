"""The nine factors of an option, from the data: facts with their units, and what is not recorded.

Source: Suffolk's bid for shared fire and police stations (Transformation Challenge Award, 2014):
the nine factors that a shared site was judged by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assets.schema import EMERGENCY_SERVICES
from optimise.appraise.options import AFTER, BEFORE, Option, own_words
from optimise.appraise.own_words import FACTORS
from optimise.appraise.sight import Sight, counted, sentence
from optimise.contents import held
from optimise.money.flips import changes_sign

#: Energy ratings that the minimum standard for lettings is likely to ask for.
GOOD_EPC = ("A", "B", "C")
#: A change of fewer than this is nobody: weights need not be whole numbers.
SOMEBODY = 0.5
#: What readers call a word of the ``constraints`` column.
CONSTRAINT_NAMES: Mapping[str, str] = {
    "acv": "assets of community value",
    "listed": "listed buildings",
    "conservation_area": "in a conservation area",
    "contaminated": "contaminated land",
    "clawback": "grants that may have to be repaid",
}
#: Whatever else the register says: its words are anybody's, so they are counted and not repeated.
OTHER = "other"


@dataclass(frozen=True)
class Fact:
    """A figure under a factor.

    Attributes:
        value: None where nothing is recorded.
        unit: count, gbp, share, min, miles, number or text.
    """

    label: str
    value: float | str | None
    unit: str = "count"


@dataclass(frozen=True)
class Factor:
    """What is said of an option under one factor.

    Attributes:
        text: the planner's own words first, then what the data say.
        own: the planner's own words alone.
        facts: figures.
    """

    key: str
    title: str
    text: str
    own: str
    facts: tuple[Fact, ...]


Told = tuple[str, Sequence[Fact]]


def factors_of(sight: Sight, option: Option) -> tuple[Factor, ...]:
    """The nine factors of an option, in Suffolk's order."""
    own = own_words(sight, option.key)
    made = []
    for key, title in FACTORS.items():
        text, facts = _MAKERS[key](sight, option)
        said = sentence(str(getattr(own, key)))
        made.append(Factor(key, title, f"{said} {text}".strip(), said, tuple(facts)))
    return tuple(made)


def _location(sight: Sight, option: Option) -> Told:
    asked = [p for p in sight.promises if p.met is not None]
    met = sum(p.met[option.when] for p in asked if p.met is not None)
    moved = [u for u in sight.moved if _kind(sight, u) in EMERGENCY_SERVICES]
    figures = [
        Fact(p.label, round(value, 6) if math.isfinite(value) else None, p.unit)
        for p in sight.promises
        for value in (p.figures[option.when],)
        if p.standard.is_response or (p.met is not None and not p.met[option.when])
    ]
    text = f"Standards met: {met:,} of {len(asked):,} that ask for a figure."
    if option.when == AFTER:
        crews = counted(len(moved), "crew of fire, police or ambulance moves", _CREWS_MOVE)
        text += f" {sentence(crews)}"
    return text, [Fact("Standards that ask for a figure", float(len(asked))),
                  Fact("Standards met", float(met)), *figures]  # fmt: skip


_CREWS_MOVE = "crews of fire, police or ambulance move"


def _properties(sight: Sight, option: Option) -> Told:
    buildings, units = sight.buildings, sight.problem.units
    inside = len(sight.problem.sites)
    facts = [Fact("Buildings in scope", float(inside)),
             Fact("Buildings out of scope", float(len(buildings) - inside))]  # fmt: skip
    if option.when == BEFORE:
        return "Leaves every building as it is; no other property is considered.", facts
    free = [u for u in units.values() if not u.fixed and not u.stays]
    places = sum(len(set(u.anywhere) - {u.home}) for u in free)
    alone = sum(not set(u.anywhere) - {u.home} for u in free)
    standing = buildings["in_scope"].astype(bool) & (buildings["status"] != "candidate")
    closed = int((standing & buildings["capacity_m2"].isna()).sum())
    new = sum(not s.in_use_today for s in sight.problem.sites.values())
    owners = buildings.loc[buildings["in_scope"].astype(bool), "owner"].nunique()
    facts += [
        Fact("Owners", float(owners)),
        Fact("New sites considered", float(new)),
        Fact("Other places considered for services, in all", float(places)),
        Fact("Services that no other building could take", float(alone)),
        Fact("Buildings whose room for others is not recorded (they take in nobody)",
             float(closed)),
    ]  # fmt: skip
    return (
        "Every building in scope, whoever owns it, was considered together with the others.",
        facts,
    )


def _value(sight: Sight, option: Option) -> Told:
    figures, sites = option.figures, sight.problem.sites
    today = sum(s.cost_gbp_pa for s in sites.values() if s.in_use_today)
    saved = figures["revenue_saving_gbp_pa"] or 0.0
    facts = [
        Fact("Net present value", figures["npv_gbp"], "gbp"),
        Fact("Capital", figures["capital_gbp"], "gbp"),
        Fact("Receipts", figures["receipts_gbp"], "gbp"),
        Fact("Saved a year", figures["revenue_saving_gbp_pa"], "gbp"),
        Fact("Buildings cost a year, net", round(today - saved, 2), "gbp"),
        Fact("Repairs left", figures["backlog_gbp"], "gbp"),
        Fact("Urgent repairs left (priority 1 and 2)", figures["urgent_backlog_gbp"], "gbp"),
    ]
    years = sight.problem.finance.horizon_yr
    if option.key == "do_nothing":
        return "Neither costs nor saves anything against today; other options are measured " \
            "against it.", facts  # fmt: skip
    if option.key == "do_minimum":
        return "Pays for repairs; what repairs would save is not recorded.", facts
    told = sight.books.appraisal
    facts += [
        Fact("Net present value at low receipts", _at_low(sight), "gbp"),
        Fact("Years until it has paid for itself", told.payback_yr, "number"),
    ]
    better = "saves more than it costs" if told.headline_gbp > 0 else "costs more than it saves"
    others = [r for r in told.readings if changes_sign(told.headline, r)]
    facts.append(Fact("Share of other readings of its value that have the other sign",
                      round(len(others) / len(told.readings), 6), "share"))  # fmt: skip
    return f"Over {years} years, discounted, the plan {better}.", facts


def _at_low(sight: Sight) -> float:
    """NPV at the low end of the receipts, all else as in the headline."""
    head = sight.books.appraisal.headline
    return round(sight.books.appraisal.npv_gbp(
        head.horizon_yr, "low", maintenance=head.maintenance, bias=head.bias
    ), 2)  # fmt: skip


def _planning(sight: Sight, option: Option) -> Told:
    words = constraints(sight, option.touched)
    facts = [
        Fact(f"Affected: {name}", float(number))
        for word, name in {**CONSTRAINT_NAMES, OTHER: "other constraints"}.items()
        if (number := sum(word in found for found in words.values()))
    ]
    after = option.when == AFTER
    facts += [
        Fact("New buildings (need planning permission)", float(len(sight.built)) if after else 0.0),
        Fact("Extensions (may need it)", float(len(option.extension_m2))),
        Fact("Buildings let go (a new use may need it)",
             float(len(sight.released)) if after else 0.0),
        Fact("Buildings affected with no constraint recorded",
             float(sum(not found for found in words.values()))),
    ]  # fmt: skip
    if not option.touched:
        return "Nothing is built, extended, repaired or let go.", facts
    bound = sum(bool(found) for found in words.values())
    return (
        f"{bound:,} of {counted(len(words), 'building')} affected "
        f"{'has' if bound == 1 else 'have'} a constraint on record. Whether planning permission "
        "would be given is not in the data."
    ), facts


def constraints(sight: Sight, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """asset_id → words of its ``constraints``; `OTHER` for any that has no name here."""
    texts = sight.column("constraints", ids).fillna("").astype(str)
    said = {str(s): [w.strip().casefold() for w in text.split(";")] for s, text in texts.items()}
    return {s: tuple(dict.fromkeys(_known(w) for w in words if w)) for s, words in said.items()}


def _known(word: str) -> str:
    # A register may say whose clawback it is, or until when.
    return word if word in CONSTRAINT_NAMES else "clawback" if "clawback" in word else OTHER


def _views(sight: Sight, option: Option) -> Told:
    changed = _changed(sight) if option.when == AFTER else ()
    services = sight.plan.inputs.estate.services
    users = services["users_pa"].reindex(list(changed))
    parties = {sight.problem.units[u].operator for u in changed}
    parties |= {str(o) for o in sight.column("owner", option.touched)}
    facts = [
        Fact("Services that change", float(len(changed))),
        Fact("Users of those services a year", float(users.sum()) if users.notna().any() else None),
        Fact("Services that change whose users are not recorded", float(users.isna().sum())),
        Fact("Owners and operators affected", float(len(parties - {""}))),
    ]
    if own_words(sight, option.key).views:
        return "", facts
    return (
        "Not recorded: what residents, staff, members and partners think of it is not in the data."
    ), facts


def _changed(sight: Sight) -> tuple[str, ...]:
    """Units that move, end, or become an outreach, ascending."""
    placed, units = sight.after.placed, sight.problem.units
    aside = set(sight.after.outreach)
    return tuple(u for u in sorted(placed) if placed[u] != units[u].home or u in aside)


def _limits(sight: Sight, option: Option) -> Told:
    if option.when == BEFORE:
        return "No building is adapted for another service.", []
    problem, after = sight.problem, sight.after
    full = [s for s in sight.hosts if spare_m2(sight, s) < 1.0]
    bays = [
        s
        for s in sight.hosts
        if math.isinf(problem.sites[s].bays)
        and any(problem.units[u].bays for u in sight.moved if after.placed[u] == s)
    ]
    suitable = sight.column("suitability", sight.hosts).fillna("").astype(str)
    apart = sum(pair.forbidden for pair in problem.pairs)
    facts = [
        Fact("Buildings that take in services", float(len(sight.hosts))),
        Fact("Of them extended", float(len(set(after.extension_m2) & set(sight.hosts)))),
        Fact("Floor area added, m²", round(sum(after.extension_m2.values()), 1), "number"),
        Fact("Of them with no room left", float(len(full))),
        Fact("Services that share only at a cost", float(len(after.together))),
        Fact("Pairs of services kept apart by rule", float(apart)),
        Fact("Of them whose suitability is not recorded", float((suitable == "").sum())),
        Fact("Of them that take vehicles, with bays not recorded", float(len(bays))),
    ]
    return "Room, vehicle bays and services that may not share are respected everywhere.", facts


def spare_m2(sight: Sight, asset_id: str) -> float:
    """Room left in a building after the plan, extension possible but not built left out, m²."""
    units, after = sight.problem.units, sight.after
    site = sight.problem.sites[asset_id]
    used = 0.0
    for u in held(sight.problem, after.placed).get(asset_id, []):
        aside = units[u].outreach if u in after.outreach else None
        used += units[u].space_m2 if aside is None else aside.space_m2
    return site.capacity_m2 + after.extension_m2.get(asset_id, 0.0) - used


def _community(sight: Sight, option: Option) -> Told:
    kinds = [
        len({_kind(sight, u) for u in units})
        for s, units in held(sight.problem, option.placed).items()
        if s in option.in_use
    ]
    facts = [
        Fact("Buildings with two or more services", float(sum(n >= 2 for n in kinds))),
        Fact("Buildings with three or more services", float(sum(n >= 3 for n in kinds))),
    ]
    if option.when == BEFORE:
        return "Services stay where people know them.", facts
    shares = [p for p in sight.promises if not p.standard.in_minutes]
    for words, name in (("Newly within", "gained"), ("No longer within", "lost")):
        facts += [
            Fact(f"{words}: {p.label}", round(number, 3))
            for p in shares
            if (number := float(getattr(p, name))) > SOMEBODY
        ]
    up, down = (sum(getattr(p, n) > SOMEBODY for p in shares) for n in ("gained", "lost"))
    if not up and not down:
        return "By every standard the same people are within reach as today.", facts
    return (
        f"Some come within reach by {counted(up, 'standard')}, some fall out of it by "
        f"{counted(down, 'standard')}; who they are stands in the tables of wards and of equality."
    ), facts


def _access(sight: Sight, option: Option) -> Told:
    here = _delivered(sight, option)
    said = sight.column("accessible", [s for _, s in here]).astype(str).tolist()
    yes, no = (float(said.count(word)) for word in ("true", "false"))
    facts = [
        Fact("Services in buildings recorded as accessible", yes),
        Fact("Services in buildings recorded as not accessible", no),
        Fact("Services in buildings where it is not recorded", len(said) - yes - no),
        Fact("Share recorded as accessible", round(yes / len(said), 6) if said else None, "share"),
    ]
    return (
        f"{yes:,.0f} of {counted(len(said), 'service')} "
        f"{'is' if yes == 1 else 'are'} in buildings recorded as accessible to disabled people."
    ), facts


def _delivered(sight: Sight, option: Option) -> list[tuple[str, str]]:
    """(unit_id, asset_id) of everything delivered from a building in scope, ascending."""
    return [
        (u, s) for u, s in sorted(option.placed.items())
        if s in sight.problem.sites
    ]  # fmt: skip


def _carbon(sight: Sight, option: Option) -> Told:
    ids = option.in_use
    blank = int(sight.column("tco2e_pa", ids).isna().sum())
    rated = sight.column("epc", ids).fillna("").astype(str).str.strip().str.upper().str[:1]
    good = int(rated.isin(GOOD_EPC).sum())
    poor = int(rated.isin(("D", "E", "F", "G")).sum())
    area = float(sight.column("gia_m2", ids).sum()) + sum(option.extension_m2.values())
    facts = [
        Fact("Carbon from energy, t CO₂e a year", option.figures["tco2e_pa"], "number"),
        Fact("Buildings whose carbon is not recorded", float(blank)),
        Fact("Buildings rated A to C", float(good)),
        Fact("Buildings rated D to G", float(poor)),
        Fact("Buildings with no energy rating recorded", float(len(ids) - good - poor)),
        Fact("Floor area, m²", round(area, 1), "number"),
    ]
    told = "Carbon is that of the buildings in use; journeys and building works are not counted."
    return (told if blank < len(ids) else "Carbon is not recorded for any building."), facts


def _kind(sight: Sight, unit_id: str) -> str:
    return sight.problem.units[unit_id].service_type


_MAKERS: Mapping[str, Callable[[Sight, Option], Told]] = {
    "operational_location": _location,
    "properties_considered": _properties,
    "value_for_money": _value,
    "planning": _planning,
    "views": _views,
    "limits_of_upgrade": _limits,
    "community_benefit": _community,
    "disabled_access": _access,
    "carbon_energy": _carbon,
}
