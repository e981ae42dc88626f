"""Risks in the money: receipts, readings of the value, partners, clawback, repairs unpaid."""

from __future__ import annotations

from collections.abc import Iterator

from optimise.appraise.factors import constraints
from optimise.appraise.risks import Risk, graded
from optimise.appraise.sight import Sight, capital, counted, listed
from optimise.money.flips import changes_sign
from optimise.sites import amount

#: Share of the receipts that low valuations take away, from which a level holds.
RECEIPTS_HIGH, RECEIPTS_MEDIUM = 0.25, 0.10


def risks_of_money(sight: Sight) -> Iterator[Risk]:
    """Every risk in the money of a plan that there is reason for."""
    yield from _receipts(sight)
    yield from _no_value(sight)
    yield from _readings(sight)
    yield from _partners(sight)
    yield from _twice(sight)
    yield from _clawback(sight)
    yield from _urgent(sight)


def sold(sight: Sight) -> tuple[str, ...]:
    """Buildings let go that bring a receipt, ascending."""
    return tuple(s for s in sight.released if sight.problem.sites[s].receipt_gbp > 0)


def _receipts(sight: Sight) -> Iterator[Risk]:
    told, ids = sight.books.appraisal, sold(sight)
    at_risk = told.at_risk
    if not ids or at_risk.counted_gbp <= 0:
        return
    share = at_risk.at_risk_gbp / at_risk.counted_gbp
    head = told.headline
    low = told.npv_gbp(head.horizon_yr, "low", maintenance=head.maintenance, bias=head.bias)
    turns = head.npv_gbp >= 0 > low
    blank = int(sight.column("market_value_gbp_low", ids).isna().sum())
    unsure = int((sight.column("receipt_confidence", ids) == "low").sum())
    known = blank < len(ids)
    parts = [
        f"By the low valuations the receipts of {counted(len(ids), 'sale')} come to {share:.0%} "
        "less than the plan counts." if known else "",
        f"{blank:,} of {counted(len(ids), 'building')} sold {'has' if blank == 1 else 'have'} no "
        "low valuation, so what is at risk there is not known." if blank else "",
        f"{capital(counted(unsure, 'receipt'))} {'is' if unsure == 1 else 'are'} marked as unsure."
        if unsure else "",
        "With that the plan would cost more than it saves." if turns else "",
        f"The plan pays for itself as long as {at_risk.needed_share:.0%} of the receipts come in."
        if at_risk.needed_share is not None and at_risk.needed_share <= 1 else "",
    ]  # fmt: skip
    why = (
        f"High from {RECEIPTS_HIGH:.0%} less, or where the plan no longer pays for itself; medium "
        f"from {RECEIPTS_MEDIUM:.0%}; not rated where no sale has a low valuation."
    )
    level = "high" if turns else graded(share, high=RECEIPTS_HIGH, medium=RECEIPTS_MEDIUM)
    yield Risk(
        "receipts",
        "Receipts that may not be achieved",
        " ".join(part for part in parts if part),
        level if known or turns else "not rated",
        why,
        "Have the largest sales valued for their alternative use, and put back any that the plan "
        "can do without.",
        ids,
        round(at_risk.at_risk_gbp, 2) if known else None,
    )


def _no_value(sight: Sight) -> Iterator[Risk]:
    freehold = [s for s in sight.released if sight.buildings.at[s, "tenure"] == "freehold"]
    ids = tuple(s for s in freehold if not sight.problem.sites[s].receipt_gbp)
    if ids:
        yield Risk(
            "receipts.not_valued",
            "Freeholds let go without a value",
            f"{capital(counted(len(ids), 'freehold'))} let go {'has' if len(ids) == 1 else 'have'} "
            "no market value in the register; no receipt is counted.",
            "low",
            "Low: the plan counts nothing for them, so its value is understated if anything.",
            "Have them valued before members decide.",
            ids,
        )


def _readings(sight: Sight) -> Iterator[Risk]:
    told = sight.books.appraisal
    other = [one for one in told.readings if changes_sign(told.headline, one)]
    if not other:
        return
    share = len(other) / len(told.readings)
    horizons = sorted({one.horizon_yr for one in other})
    yield Risk(
        "value.readings",
        "The value depends on how it is reckoned",
        f"{len(other):,} of {len(told.readings):,} readings of the plan's value (years counted, "
        "receipts, optimism bias, avoided maintenance) have another sign than the headline, over "
        f"{listed([f'{h}' for h in horizons])} years.",
        graded(share, high=0.5, medium=0.1),
        "By the share of readings with another sign: high from 50%, medium from 10%.",
        "Show members the whole range, not one figure.",
    )


def _partners(sight: Sight) -> Iterator[Risk]:
    told = sight.books.partners
    losers = told[told["worse_off"]] if len(told) > 1 else told.iloc[:0]
    if losers.empty:
        return
    settled = sight.problem.partners.no_worse_off != "report" and sight.problem.partners.settle
    yield Risk(
        "partners.worse_off",
        "Partners that are worse off",
        "Worse off over the horizon, before any payment between partners: "
        f"{len(losers):,} of {len(told):,} ({listed([str(p) for p in losers['party']])}).",
        "low" if settled else "medium",
        "Medium until partners have agreed payments between them; low where they are in the plan.",
        "Agree who pays whom; the least that would settle it stands in the table of partners.",
        (),
        round(-float(losers["npv_gbp"].sum()), 2),
    )


def _twice(sight: Sight) -> Iterator[Risk]:
    if sight.plan.scenario.committed or not sight.after.money.saving_gbp_pa:
        return
    yield Risk(
        "savings.counted_twice",
        "Savings that another programme may count as well",
        "The scenario names no saving that other programmes have counted already, so none is taken "
        "off.",
        "not rated",
        "Not rated: nothing on other programmes is in the data.",
        "Ask service and partner programmes what they count, and take it off.",
    )


def _clawback(sight: Sight) -> Iterator[Risk]:
    stated = sight.column("clawback_gbp", sight.released).fillna(0.0)
    named = constraints(sight, sight.released)
    ids = tuple(s for s in sight.released if "clawback" in named[s] or stated[s] > 0)
    if not ids:
        return
    blank = sum(not stated[s] for s in ids)
    more = (
        f" For {counted(blank, 'building')} the register names a clawback and no sum, and the plan "
        "counts none."
        if blank
        else " The sums that the register states are counted in the plan."
    )
    yield Risk(
        "clawback",
        "Grants that may have to be repaid",
        f"Grants went into {counted(len(ids), 'building')} let go, and may have to be repaid when "
        f"the use ends.{more}",
        "high" if blank else "low",
        "High where a sum is not known; low where all of them are counted.",
        "Ask the grant givers for the terms, and for consent.",
        ids,
        round(sum(amount(stated[s]) for s in ids), 2) if blank < len(ids) else None,
    )


def _urgent(sight: Sight) -> Iterator[Risk]:
    left = {
        s: gbp
        for s in sight.kept
        if s not in sight.after.works and (gbp := sight.urgent_gbp[s]) > 0
    }
    if left:
        share = len(left) / len(sight.kept)
        yield Risk(
            "repairs.urgent",
            "Urgent repairs that the plan does not pay for",
            f"{len(left):,} of {counted(len(sight.kept), 'building')} kept "
            f"{'has' if len(left) == 1 else 'have'} repairs of priority 1 or 2 outstanding; the "
            "plan's capital does not include them.",
            graded(share, high=0.5, medium=0.2),
            "By the share of buildings kept: high from 50%, medium from 20%.",
            "Compare with do minimum, or make the works a condition of keeping a building.",
            tuple(left),
            round(sum(left.values()), 2),
        )
