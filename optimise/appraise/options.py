"""Do nothing, do minimum and the plan: the same figures of each, by plain arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optimise import amounts
from optimise.appraise.own_words import OPTIONS, OptionWords
from optimise.appraise.sight import Promise, Sight, capital, counted, listed, sentence
from optimise.results import totals
from optimise.sites import bias_of

BEFORE, AFTER = 0, 1
#: What a kind of standard means for a plan.
KINDS: Mapping[str, str] = {"hard": "required", "soft": "wished for", "report": "reported only"}


@dataclass(frozen=True)
class Option:
    """One way of going on with the estate.

    Attributes:
        key, title, words: words hold no sum of money and no building's name.
        when: index of its figures in a `Promise`: `BEFORE` or `AFTER`.
        in_use: buildings in scope, asset_ids ascending.
        touched: those let go, built, extended or repaired under it, ascending.
        placed: unit_id → asset_id, "" = withdrawn.
        extension_m2: asset_id → m².
        figures: as run.json tells them; None where nothing is known.
    """

    key: str
    title: str
    words: str
    when: int
    in_use: tuple[str, ...]
    touched: tuple[str, ...]
    placed: Mapping[str, str]
    extension_m2: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float | None] = field(default_factory=dict)


def options_of(sight: Sight) -> tuple[Option, ...]:
    """The three options of every appraisal, in that order."""
    return (_nothing(sight), _minimum(sight), _plan(sight))


def own_words(sight: Sight, key: str) -> OptionWords:
    """What the scenario says of an option."""
    return sight.plan.scenario.appraisal.get(key, OptionWords())


def _titled(sight: Sight, key: str, words: str) -> tuple[str, str, str]:
    """Key, title and words of an option, the planner's own first."""
    own = own_words(sight, key)
    told = f"{sentence(own.words)} {words}".strip()
    return key, own.title or OPTIONS[key], told


def _nothing(sight: Sight) -> Option:
    ids = _standing(sight)
    words = (
        f"Every building stays as it is: {counted(len(ids), 'building')} in scope. Nothing is "
        f"spent, sold or saved. {standards_words(sight.promises, BEFORE)}"
    )
    return Option(
        *_titled(sight, "do_nothing", words),
        when=BEFORE,
        in_use=ids,
        touched=(),
        placed=sight.plan.before.placed,
        figures=_as_today(sight, ids),
    )


def _minimum(sight: Sight) -> Option:
    """All kept; urgent repairs, and the works that its condition asks of a building, are paid for.

    capital = Σ_s max(bias_s · (p1_s + p2_s), works_s), all in the base year

    In words: repairs of priority 1 and 2 with the building's optimism bias; where the scenario's
    rule on condition asks for works, those, if they cost more. Repairs done are no longer
    outstanding; works clear the whole backlog. NPV = −capital: no saving from repairs is recorded.

    Where the register states no repair of any building, nothing of it is known.

    Symbols: p1, p2 backlog of priority 1 and 2, £; works £ with bias (`optimise.sites.Site`).

    Source: HM Treasury, The Green Book (2022), §4.7: business as usual and do minimum.
    """
    ids = _standing(sight)
    paid = {s: _due_gbp(sight, s) for s in ids}
    done = tuple(s for s in ids if paid[s] > 0)
    spent = sum(paid.values())
    sites, works = sight.problem.sites, sight.plan.before.works
    left = sum(sites[s].backlog_gbp - sight.urgent_gbp[s] for s in ids if s not in works)
    # Where nobody states any repair, what doing the minimum costs is not nil but unknown.
    known = bool(works) or _known(sight, ids)
    sums = {
        "capital_gbp": round(spent, 2),
        "npv_gbp": round(0.0 - spent, 2),
        "backlog_gbp": round(left, 2),
        "urgent_backlog_gbp": 0.0,
    }
    figures = {**_as_today(sight, ids), **(sums if known else dict.fromkeys(sums))}
    return Option(
        *_titled(sight, "do_minimum", _minimum_words(sight, ids, done)),
        when=BEFORE,
        in_use=ids,
        touched=done,
        placed=sight.plan.before.placed,
        figures=figures,
    )


def _minimum_words(sight: Sight, ids: Sequence[str], done: Sequence[str]) -> str:
    unknown = [s for s in ids if not sight.repairs_stated[s]]
    works = [s for s in sight.plan.before.works if s in ids]
    barred = [s for s in ids if sight.problem.sites[s].must_improve]
    told = [
        "Every building stays in use; repairs that are urgent or due within two years (priority 1 "
        "and 2) are paid for in the base year"
        + (f", at {counted(len(done), 'building')}." if done else "."),
        f"{capital(counted(len(works), 'building'))} also {'needs' if len(works) == 1 else 'need'} "
        "the works that the rule on condition asks for." if works else "",
        f"{capital(counted(len(barred), 'building'))} may not stay in use in their condition "
        "at all, so this option breaks that rule." if barred else "",
        _unknown_words(len(unknown), len(ids)),
        standards_words(sight.promises, BEFORE),
    ]  # fmt: skip
    return " ".join(one for one in told if one)


def _unknown_words(unknown: int, every: int) -> str:
    if unknown == every:
        return "No repairs are recorded for any building, so what this costs is not known."
    if not unknown:
        return ""
    return f"Repairs are not recorded for {unknown:,} of {every:,} buildings and cost nothing here."


def _plan(sight: Sight) -> Option:
    after, sums = sight.after, totals(sight.plan)
    urgent = sum(sight.urgent_gbp[s] for s in sight.kept if s not in after.works)
    figures = {
        "buildings": float(len(after.open)),
        "capital_gbp": sums["capital_gbp"],
        "receipts_gbp": sums["receipts_gbp"],
        "revenue_saving_gbp_pa": sums["revenue_saving_gbp_pa"],
        "npv_gbp": sums["npv_gbp"],
        "backlog_gbp": sums["backlog_retained_gbp"] if _known(sight, after.open) else None,
        "urgent_backlog_gbp": round(urgent, 2) if _known(sight, after.open) else None,
        "tco2e_pa": carbon(sight, after.open),
        **_standards(sight, AFTER),
        "units_moved": float(sums["units_moved"]),
    }
    return Option(
        *_titled(sight, "plan", _plan_words(sight)),
        when=AFTER,
        in_use=after.open,
        touched=sight.touched,
        placed=after.placed,
        extension_m2=after.extension_m2,
        figures=figures,
    )


def _plan_words(sight: Sight) -> str:
    after = sight.after
    gone = len(amounts.withdrawn(sight.problem, after))
    done = (
        f"lets go {counted(len(sight.released), 'building')}",
        f"moves {counted(len(sight.moved), 'service')} into "
        f"{counted(len(sight.hosts), 'building')}" if sight.moved else "moves no service",
        f"extends {counted(len(after.extension_m2), 'building')}" if after.extension_m2 else "",
        f"builds {counted(len(sight.built), 'building')}" if sight.built else "",
        f"no longer delivers {counted(gone, 'service')}" if gone else "",
        f"delivers {counted(len(after.outreach), 'service')} as outreach" if after.outreach else "",
    )  # fmt: skip
    urgent = [s for s in sight.kept if s not in after.works and sight.urgent_gbp[s] > 0]
    unpaid = (
        f" It does not pay for urgent repairs at {counted(len(urgent), 'building')} that it keeps; "
        "do minimum does."
        if urgent
        else ""
    )
    told = listed([one for one in done if one])
    return f"The plan {told}. {standards_words(sight.promises, AFTER)}{unpaid}"


def standards_words(promises: Sequence[Promise], when: int) -> str:
    """How many standards that ask something are met, and which are not."""
    asked = [(p, p.met) for p in promises if p.met is not None]
    missed = [f"{p.label} ({KINDS[p.standard.kind]})" for p, met in asked if not met[when]]
    if not asked:
        return "No standard asks for a figure."
    told = f"Standards met: {len(asked) - len(missed):,} of {len(asked):,}."
    return f"{told} Missed: {'; '.join(missed)}." if missed else told


def _standing(sight: Sight) -> tuple[str, ...]:
    """Buildings in scope that stand today, ascending."""
    sites = sight.problem.sites
    return tuple(s for s in sorted(sites) if sites[s].in_use_today)


def _known(sight: Sight, ids: Sequence[str]) -> bool:
    """Whether the register states the repairs of any of some buildings."""
    return any(sight.repairs_stated[s] for s in ids)


def _as_today(sight: Sight, ids: Sequence[str]) -> dict[str, float | None]:
    """The figures of an estate that stays as it is."""
    backlog = sum(sight.problem.sites[s].backlog_gbp for s in ids)
    urgent = sum(sight.urgent_gbp[s] for s in ids)
    known = _known(sight, ids)
    return {
        "buildings": float(len(ids)),
        "capital_gbp": 0.0,
        "receipts_gbp": 0.0,
        "revenue_saving_gbp_pa": 0.0,
        "npv_gbp": 0.0,
        "backlog_gbp": round(backlog, 2) if known else None,
        "urgent_backlog_gbp": round(urgent, 2) if known else None,
        "tco2e_pa": carbon(sight, ids),
        **_standards(sight, BEFORE),
        "units_moved": 0.0,
    }


def _standards(sight: Sight, when: int) -> dict[str, float | None]:
    met = [p.met[when] for p in sight.promises if p.met is not None]
    return {"standards_asked": float(len(met)), "standards_met": float(sum(met))}


def carbon(sight: Sight, ids: Sequence[str]) -> float | None:
    """Carbon from energy of some buildings, t CO₂e a year; None where none states it."""
    stated = sight.column("tco2e_pa", ids).dropna()
    return round(float(stated.sum()), 3) if len(stated) else None


def _due_gbp(sight: Sight, asset_id: str) -> float:
    """What do minimum spends at a building."""
    works = sight.problem.sites[asset_id].works_gbp or 0.0
    asked = works if asset_id in sight.plan.before.works else 0.0
    urgent = sight.urgent_gbp[asset_id]
    if not urgent:
        return asked
    return max(bias_of(sight.row(asset_id), sight.problem.finance) * urgent, asked)
