"""Who gains and who loses by a plan, and the least that would have to be paid to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from optimise.ledger.booking import parties_of
from optimise.ledger.entries import (
    Entry,
    by_party,
    entries,
    in_pence,
    present_worth,
    total_pence,
)
from optimise.money.lines import LINES, Kind
from optimise.outcome import Outcome
from optimise.phasing.calendar import year_label
from optimise.problem import Problem

#: What a partner's year is judged by: revenue and what it pays to or gets from others. Capital
#: and receipts are the capital account, and held to the capital budget.
REVENUE: tuple[Kind, ...] = ("one_off", "annual", "transfer")


@dataclass(frozen=True)
class Standing:
    """What a plan means for one partner, against doing nothing. £ of the base year.

    Attributes:
        party: owner or operator: untrusted text.
        npv_gbp: net present value of everything of theirs, transfers included.
        revenue_gbp: by year from the base year (0) to the last of any partner's: net revenue.
    """

    party: str
    npv_gbp: float
    revenue_gbp: tuple[float, ...]

    @property
    def years_worse(self) -> tuple[int, ...]:
        """Years, counted from the base year, in which its net revenue falls."""
        return tuple(y for y, gbp in enumerate(self.revenue_gbp) if gbp < 0)


@dataclass(frozen=True)
class Settlement:
    """Payments between partners that leave none worse off.

    Attributes:
        rule: ``npv`` (one payment at the start of the base year) or ``every_year``.
        payments: (party, year) → £ in whole pence, + received, − paid; of a year they sum to nil.
        short_gbp: year → what all partners together lack; no payment between them mends that.
    """

    rule: str
    payments: Mapping[tuple[str, int], float]
    short_gbp: Mapping[int, float]

    @property
    def total_gbp(self) -> float:
        """What changes hands."""
        return sum(gbp for gbp in self.payments.values() if gbp > 0)

    @property
    def enough(self) -> bool:
        """Whether it leaves nobody worse off."""
        return not self.short_gbp


def standings(problem: Problem, made: Sequence[Entry]) -> tuple[Standing, ...]:
    """What a ledger means for each partner, A to Z; those it does not touch stand at nil."""
    own = by_party(made)
    years = range(max([problem.calendar.horizon_yr, *(e.year for e in made)]) + 1)
    return tuple(
        _standing(party, own.get(party, ()), years)
        for party in sorted({*parties_of(problem), *own})
    )


def _standing(party: str, own: Sequence[Entry], years: Iterable[int]) -> Standing:
    worth = total_pence([e.pv_gbp for e in own if e.valued or e.kind == "transfer"])
    revenue = {y: 0 for y in years}
    for entry in own:
        if entry.kind in REVENUE:
            revenue[entry.year] += round(entry.amount_gbp * 100.0)
    return Standing(party, worth / 100.0, tuple(pence / 100.0 for pence in revenue.values()))


def least_settlement(told: Sequence[Standing], rule: str) -> Settlement:
    """The least that must change hands so that no partner is worse off.

    least = Σ_p max(0, −v_p)        if Σ_p v_p ≥ 0

    In words: whoever is worse off is paid just that, and no less would do, so the sum of what
    they lack is the least there is; whoever gains pays it in proportion to the gain, and so stays
    at nil or above. Where all together are worse off (Σ v < 0), those who gain give all of it,
    shared by what each lacks, and what is still short is told. With ``npv`` v is each partner's
    net present value and the payment is made at the start of the base year; with ``every_year``
    v is its net revenue of the year, and every year is settled by itself.

    Symbols: p partners; v £, in whole pence.
    Source: the sum is the optimum of the transport program min Σ x_pq subject to
    v_p + Σ_q (x_qp − x_pq) ≥ 0, x ≥ 0 (each loser's row alone gives the bound).
    """
    payments: dict[tuple[str, int], float] = {}
    short: dict[int, float] = {}
    years = len(told[0].revenue_gbp) if told and rule == "every_year" else 1
    for year in range(years):
        values = {
            s.party: round((s.npv_gbp if rule == "npv" else s.revenue_gbp[year]) * 100.0)
            for s in told
        }
        paid, lacking = _settled(values)
        payments |= {(p, year): pence / 100.0 for p, pence in paid.items() if pence}
        if lacking:
            short[year] = lacking / 100.0
    return Settlement(rule, payments, short)


def settlement_words(found: Settlement, base_year: int) -> str:
    """What would settle it, and what no payment between partners mends; "" where nothing is due."""
    if found.enough and not found.payments:
        return ""
    lacking = sum(found.short_gbp.values())
    paid, short = f"£{found.total_gbp:,.0f}", f"£{lacking:,.0f}"
    # Pence of rounding are nothing to settle.
    settled = lacking < 1.0
    if found.rule == "npv":
        if settled:
            return f"{paid} between the partners would mend that."
        return f"Together they are {short} worse off, which no payment between them mends."
    told = f"Year by year, {paid} between the partners would settle net revenue."
    if settled:
        return told
    years = [year_label(base_year + year) for year in sorted(found.short_gbp)]
    when = f"in {years[0]}" if len(years) == 1 else f"in {len(years)} years from {years[0]}"
    return f"{told} They lack {short} together {when}, which no payment between them mends."


def _settled(values: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """(party → pence received, − paid; pence that all together lack) of one account."""
    lacks = {p: -v for p, v in values.items() if v < 0}
    gains = {p: v for p, v in values.items() if v > 0}
    need, have = sum(lacks.values()), sum(gains.values())
    moved = min(need, have)
    received, given = _shared(moved, lacks), _shared(moved, gains)
    return {**received, **{p: -pence for p, pence in given.items()}}, need - moved


def _shared(pence: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole pence in proportion to weights, adding up exactly and never above a weight.

    By running sums, as the ledger is rounded; ``pence`` is at most Σ weights.
    """
    total, seen, out, made = sum(weights.values()), 0, 0, {}
    for party in sorted(weights):
        seen += weights[party]
        upto = seen * pence // total if total else 0
        made[party], out = upto - out, upto
    return made


def settlement_entries(problem: Problem, settled: Settlement) -> tuple[Entry, ...]:
    """A settlement as entries of the ledger, by party and year; of a year they net out."""
    worth, paid = present_worth(problem), sorted(settled.payments.items())
    values = in_pence([gbp * worth(float(y)) for (_, y), gbp in paid], [y for (_, y), _ in paid])
    return tuple(
        Entry(year, party, "settlement", gbp, value, tag=LINES["settlement"].tag)
        for ((party, year), gbp), value in zip(paid, values, strict=True)
    )


def books(problem: Problem, made: Outcome) -> tuple[Entry, ...]:
    """The whole ledger of a plan: `entries`, and settlements where the partners agreed to settle.

    They are booked where ``partners.no_worse_off`` asks for it and ``partners.settle`` allows it.
    """
    found, agreed = entries(problem, made), problem.partners
    if agreed.no_worse_off == "report" or not agreed.settle:
        return found
    settled = least_settlement(standings(problem, found), agreed.no_worse_off)
    return (*found, *settlement_entries(problem, settled))
