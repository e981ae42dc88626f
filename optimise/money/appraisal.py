"""Never one number: what a plan is worth under every reading that a reader may ask about.

The value of a plan can flip with its horizon, with what sales fetch, with optimism bias, and with
maintenance that is avoided but is no cash. So all of them are told together, with payback,
whole-life return, what is at risk in the receipts, and what borrowing costs each year; and
`Appraisal.flips` says in words which of them change the sign of the headline.

Source: HM Treasury, The Green Book (2022), chapters 5 and 6 (appraisal periods, sensitivity,
switching values) and its supplementary guidance on optimism bias.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from optimise.knobs import Finance
from optimise.money.discounting import discount_factor, equal_annual_gbp
from optimise.money.flips import flips
from optimise.money.lines import LINES, VALUED
from optimise.money.loans import financed
from optimise.money.records import (
    BIASED,
    RUNNING,
    Appraisal,
    AtRisk,
    Basis,
    Cash,
    Reading,
    WholeLife,
    YearMoney,
)
from optimise.money.returns import irr_pct, payback_yr
from optimise.money.sales import CASES, Case
from optimise.money.yearly import years_of

__all__ = [
    "BIASED",
    "CASES",
    "RUNNING",
    "Appraisal",
    "AtRisk",
    "Basis",
    "Case",
    "Cash",
    "Reading",
    "WholeLife",
    "YearMoney",
    "appraise",
    "basis_of",
]

#: Receipts by how sure they are, in this order.
CONFIDENCE = ("high", "medium", "low")


def basis_of(finance: Finance) -> Basis:
    """The basis that a scenario's ``finance`` asks for.

    Readings with optimism bias of a plan that carries none use the Green Book's upper bound for
    standard buildings, or the largest that the scenario names.
    """
    stated = max([finance.optimism_bias_pct, *finance.optimism_bias_pct_by_class.values()])
    return Basis(
        base_year=finance.base_year,
        schedule=finance.discount_schedule,
        horizon_yr=finance.horizon_yr,
        horizons_yr=finance.appraisal_horizons_yr,
        bias_pct=stated or Basis.bias_pct,
        borrowing_rate_pct=finance.borrowing_rate_pct,
        borrowing_term_yr=finance.borrowing_term_yr,
        borrowing_method=finance.borrowing_method,
        mrp_life_yr=finance.mrp_life_yr,
        mrp_method=finance.mrp_method,
    )


def appraise(
    cash: Sequence[Cash],
    basis: Basis,
    *,
    case: Case = "central",
    borrowed_gbp: Mapping[int, float] | None = None,
) -> Appraisal:
    """A plan's money under every reading.

    Yearly sums (kind ``annual``, and lines `RUNNING`) count up to a horizon, so ``cash`` must
    hold them up to ``basis.longest_yr``. Every other sum counts at the plan's own horizon and
    longer ones whenever it falls, as the plan itself counts it; at a shorter horizon only if it
    falls by then.

    Args:
        cash: every flow of the plan, in any order; transfers and financing are left aside.
        basis: schedule, horizons, terms of loans.
        case: the receipts that ``amount_gbp`` holds.
        borrowed_gbp: year from the base year → £ borrowed in it.

    Raises:
        ValueError: unknown lines, amounts or times that are not finite, or times before 0.
    """
    _refuse_unsound(cash)
    sums = _Sums(cash, basis, case)
    loans = financed(borrowed_gbp or {}, basis.terms)
    headline = sums.reading(basis.horizon_yr, case, maintenance=False, bias=sums.carries_bias)
    readings = tuple(
        sums.reading(horizon, receipts, maintenance=maintenance, bias=bias)
        for horizon in basis.all_horizons_yr
        for receipts in CASES
        for maintenance in (False, True)
        for bias in (False, True)
    )
    own = list(sums.valued(basis.horizon_yr))
    every = list(sums.valued(basis.longest_yr))
    return Appraisal(
        basis=basis,
        case=case,
        headline=headline,
        readings=readings,
        payback_yr=_payback(every),
        discounted_payback_yr=_payback(every, sums.worth),
        irr_pct=irr_pct([(c.time_yr, c.amount_gbp) for c in own]),
        whole_life=tuple(
            _whole_life(
                list(sums.valued(h)),
                h,
                _total(one.interest_gbp for year, one in loans.items() if year <= h),
            )
            for h in basis.all_horizons_yr
        ),
        at_risk=_at_risk(sums, headline.npv_gbp),
        years=years_of(cash, basis, loans),
        flips=flips(headline, readings),
    )


def _refuse_unsound(cash: Sequence[Cash]) -> None:
    unknown = sorted({one.line for one in cash} - set(LINES))
    if unknown:
        raise ValueError(f"unknown lines of money: {', '.join(unknown)}")
    for one in cash:
        if not (math.isfinite(one.amount_gbp) and math.isfinite(one.time_yr) and one.time_yr >= 0):
            raise ValueError(f"{one.line} of £{one.amount_gbp} after {one.time_yr} years")


class _Sums:
    """The cash of a plan, read in different ways."""

    def __init__(self, cash: Sequence[Cash], basis: Basis, case: Case) -> None:
        self.cash, self.basis, self.case = cash, basis, case
        times = sorted({one.time_yr for one in cash})
        self.worth = {time: discount_factor(basis.schedule, time) for time in times}
        self.carries_bias = any(c.bias_pct > 0 and c.line in BIASED for c in cash)

    def counted(self, horizon_yr: int) -> Iterator[Cash]:
        """What counts at a horizon, see `appraise`."""
        for one in self.cash:
            runs = one.kind == "annual" or one.line in RUNNING
            own = not runs and horizon_yr >= self.basis.horizon_yr
            if own or one.year <= horizon_yr:
                yield one

    def valued(self, horizon_yr: int) -> Iterator[Cash]:
        """What makes the net present value at a horizon, as the plan counts it."""
        return (one for one in self.counted(horizon_yr) if one.kind in VALUED)

    def reading(self, horizon_yr: int, receipts: Case, *, maintenance: bool, bias: bool) -> Reading:
        kinds = (*VALUED, "apart") if maintenance else VALUED
        some = [
            (one.time_yr, self._amount_gbp(one, receipts, bias=bias))
            for one in self.counted(horizon_yr)
            if one.kind in kinds
        ]
        npv = _total(amount * self.worth[time] for time, amount in some)
        annual = equal_annual_gbp(npv, self.basis.schedule, horizon_yr)
        total = _total(amount for _, amount in some)
        return Reading(horizon_yr, receipts, maintenance, bias, npv, annual, total)

    def _amount_gbp(self, one: Cash, receipts: Case, *, bias: bool) -> float:
        if one.kind == "receipt":
            return self.receipt_gbp(one, receipts)
        if one.line not in BIASED:
            return one.amount_gbp
        if not bias:
            return one.amount_gbp / (1.0 + one.bias_pct / 100.0)
        # A plan either carries bias, by class, or none: then the reading adds the basis's.
        added = 0.0 if self.carries_bias else self.basis.bias_pct
        return one.amount_gbp * (1.0 + added / 100.0)

    def receipt_gbp(self, one: Cash, receipts: Case) -> float:
        stated = {"low": one.low_gbp, "central": one.central_gbp, "high": one.high_gbp}[receipts]
        return one.amount_gbp if stated is None or receipts == self.case else stated


def _payback(cash: Sequence[Cash], worth: Mapping[float, float] | None = None) -> float | None:
    """Payback of plain sums, or with d(t) by time of discounted ones."""
    sums = [(one, one.amount_gbp * (1.0 if worth is None else worth[one.time_yr])) for one in cash]
    return payback_yr(
        [(one.time_yr, amount) for one, amount in sums if one.kind != "annual"],
        [(one.year, amount) for one, amount in sums if one.kind == "annual"],
    )


def _whole_life(cash: Sequence[Cash], years: int, interest_gbp: float) -> WholeLife:
    kinds = {kind: _total(c.amount_gbp for c in cash if c.kind == kind) for kind in VALUED}
    saving, receipts, one_off = kinds["annual"], kinds["receipt"], kinds["one_off"]
    net = saving + receipts + one_off + kinds["capital"] - interest_gbp
    # 0.0 less a sum, so that no capital is 0 and not −0.
    return WholeLife(years, saving, receipts, one_off, 0.0 - kinds["capital"], interest_gbp, net)


def _at_risk(sums: _Sums, headline_gbp: float) -> AtRisk:
    sold = [one for one in sums.counted(sums.basis.horizon_yr) if one.kind == "receipt"]
    low, central, high = (_total(sums.receipt_gbp(c, case) for c in sold) for case in CASES)
    counted = _total(one.amount_gbp for one in sold)
    names = {one.confidence for one in sold}
    others = sorted(names - {*CONFIDENCE, ""})
    order = [n for n in (*CONFIDENCE, *others, "") if n in names]
    worth = _total(c.amount_gbp * sums.worth[c.time_yr] for c in sold)
    rest = headline_gbp - worth
    return AtRisk(
        counted_gbp=counted,
        low_gbp=low,
        central_gbp=central,
        high_gbp=high,
        at_risk_gbp=max(0.0, counted - low),
        haircut_gbp=_total(one.haircut_gbp for one in sold),
        by_confidence={n: _total(c.amount_gbp for c in sold if c.confidence == n) for n in order},
        needed_share=-rest / worth if worth > 0 and rest < 0 else None,
    )


def _total(amounts_gbp: Iterable[float]) -> float:
    """Their sum as a float, of none too."""
    return sum(amounts_gbp, 0.0)
