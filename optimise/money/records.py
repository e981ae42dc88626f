"""Records of an appraisal: what goes into it, and everything that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimise.money.discounting import GREEN_BOOK, Schedule
from optimise.money.lines import LINES, Kind
from optimise.money.loans import Method, MrpMethod, Terms
from optimise.money.sales import Case

#: Lines of capital that carry optimism bias: what has to be built, moved or fitted out. Sums that
#: a contract states (penalties, clawback, grants) do not.
BIASED = ("build", "extension", "works", "move", "fit_out")
#: Lines that go on year by year, although they end: they count up to a horizon, as savings do.
RUNNING = ("holding", "rent_due")


@dataclass(frozen=True)
class Cash:
    """Money on a line at a time, with what is unsure about it.

    Attributes:
        line: key of `optimise.money.lines.LINES`; its kind decides where it counts.
        time_yr: years from 1 April of the base year, ≥ 0; yearly sums at the whole number of
            their year.
        amount_gbp: £ of the base year as the plan counts it (+ in favour, − paid): capital with
            the optimism bias it carries, a receipt in the plan's own case, net and with haircut.
        bias_pct: optimism bias in ``amount_gbp``, %; 0 = it carries none.
        low_gbp, central_gbp, high_gbp: a receipt in each case, net and with haircut; None = as
            ``amount_gbp``.
        haircut_gbp: what the haircut for confidence took off ``amount_gbp``, ≥ 0.
        confidence: of a receipt: ``high``, ``medium``, ``low``, or "" = not stated.
        asset_id: where it arises; "" = nowhere in particular.
    """

    line: str
    time_yr: float
    amount_gbp: float
    bias_pct: float = 0.0
    low_gbp: float | None = None
    central_gbp: float | None = None
    high_gbp: float | None = None
    haircut_gbp: float = 0.0
    confidence: str = ""
    asset_id: str = ""

    @property
    def kind(self) -> Kind:
        """Kind of its line."""
        return LINES[self.line].kind

    @property
    def year(self) -> int:
        """Whole years from the base year: the financial year it falls in."""
        return int(self.time_yr)


@dataclass(frozen=True)
class Basis:
    """What an appraisal is made with.

    Attributes:
        base_year: year 0, whose prices all figures are in.
        schedule: discount rates by year.
        horizon_yr: the plan's own horizon, which its headline is told at.
        horizons_yr: horizons to tell the value at; the own one is added.
        bias_pct: optimism bias of the readings "with bias", on capital that carries none
            (Green Book upper bound for standard buildings, 24 %).
        borrowing_rate_pct, borrowing_term_yr, borrowing_method: of every loan.
        mrp_life_yr, mrp_method: minimum revenue provision for what is borrowed; an annuity is at
            the loans' rate.
    """

    base_year: int = 2026
    schedule: Schedule = GREEN_BOOK
    horizon_yr: int = 25
    horizons_yr: tuple[int, ...] = (10, 25, 40, 60)
    bias_pct: float = 24.0
    borrowing_rate_pct: float = 5.0
    borrowing_term_yr: int = 25
    borrowing_method: Method = "annuity"
    mrp_life_yr: int = 25
    mrp_method: MrpMethod = "equal"

    @property
    def all_horizons_yr(self) -> tuple[int, ...]:
        """Horizons to tell, the own one among them, ascending."""
        return tuple(sorted({*self.horizons_yr, self.horizon_yr}))

    @property
    def longest_yr(self) -> int:
        """The longest horizon: yearly sums are needed up to this year."""
        return self.all_horizons_yr[-1]

    @property
    def terms(self) -> Terms:
        """Terms of loans and provision."""
        return Terms(
            self.borrowing_rate_pct,
            self.borrowing_term_yr,
            self.borrowing_method,
            self.mrp_life_yr,
            self.mrp_method,
        )


@dataclass(frozen=True)
class Reading:
    """One way to read a plan's value.

    Attributes:
        horizon_yr: years of running cost counted after year 0.
        receipts: value of what is sold: low, central, high.
        maintenance: avoided backlog and planned maintenance counted as if it were cash.
        bias: capital carries optimism bias.
        npv_gbp: Σ amount · d(t), £ of the base year.
        equal_annual_gbp: the same a year, in every year of the horizon.
        undiscounted_gbp: Σ amount.
    """

    horizon_yr: int
    receipts: Case
    maintenance: bool
    bias: bool
    npv_gbp: float
    equal_annual_gbp: float
    undiscounted_gbp: float


@dataclass(frozen=True)
class WholeLife:
    """Return over a number of years in plain pounds, interest included (Cornwall's identity).

    Attributes:
        years: of running cost counted.
        saving_gbp: yearly savings less yearly costs, summed; one-off revenue apart.
        receipts_gbp: of sales. one_off_gbp: revenue paid once, ≤ 0 where it is paid.
        capital_gbp: spent, less grants; ≥ 0 where it is spent.
        interest_gbp: on all loans, paid in those years.
        net_gbp: saving + receipts + one_off − capital − interest.
    """

    years: int
    saving_gbp: float
    receipts_gbp: float
    one_off_gbp: float
    capital_gbp: float
    interest_gbp: float
    net_gbp: float


@dataclass(frozen=True)
class AtRisk:
    """What is unsure in the receipts, £ undiscounted.

    Attributes:
        counted_gbp: receipts as the plan counts them.
        low_gbp, central_gbp, high_gbp: in each case.
        at_risk_gbp: counted − low (≥ 0): what low values would take away.
        haircut_gbp: what haircuts for confidence took off already.
        by_confidence: confidence ("" = not stated) → receipts counted, in the order high,
            medium, low, others A to Z, "".
        needed_share: share of the counted receipts at which the headline is nil (the switching
            value); None where no share from 0 on does it: with no receipts it is still ≥ 0, or
            there are none. Above 1: even all of them are not enough.
    """

    counted_gbp: float
    low_gbp: float
    central_gbp: float
    high_gbp: float
    at_risk_gbp: float
    haircut_gbp: float
    by_confidence: Mapping[str, float]
    needed_share: float | None


@dataclass(frozen=True)
class YearMoney:
    """One financial year of a plan, £ of the base year; + in favour.

    Attributes:
        year: counted from the base year (0).
        by_line: line → amount, in the order of `LINES`; only lines that move in the year.
        capital_gbp, receipts_gbp, one_off_gbp, annual_gbp: sums by kind (+ in favour).
        net_revenue_gbp: annual + one-off: what the revenue account gains before financing.
        drawn_gbp: borrowed in the year. principal_gbp, interest_gbp: paid on loans, ≥ 0.
        debt_gbp: owed at the end of the year.
        mrp_gbp: minimum revenue provision charged, ≥ 0.
        cfr_gbp: borrowed and not yet provided for at the end of the year (what these loans add to
            the capital financing requirement).
        net_after_financing_gbp: net revenue − interest − MRP: the effect on the revenue budget.
        cumulative_gbp, cumulative_pv_gbp: cash valued so far, before financing.
    """

    year: int
    by_line: Mapping[str, float] = field(default_factory=dict)
    capital_gbp: float = 0.0
    receipts_gbp: float = 0.0
    one_off_gbp: float = 0.0
    annual_gbp: float = 0.0
    net_revenue_gbp: float = 0.0
    drawn_gbp: float = 0.0
    principal_gbp: float = 0.0
    interest_gbp: float = 0.0
    debt_gbp: float = 0.0
    mrp_gbp: float = 0.0
    cfr_gbp: float = 0.0
    net_after_financing_gbp: float = 0.0
    cumulative_gbp: float = 0.0
    cumulative_pv_gbp: float = 0.0


@dataclass(frozen=True)
class Appraisal:
    """A plan's money under every reading. Made by `appraise`.

    Attributes:
        basis: what it was made with.
        case: the receipts that the plan counts.
        headline: the plan's own reading: own horizon, own receipts, bias as it carries it,
            avoided maintenance apart.
        readings: horizon × receipts × maintenance × bias, in that order.
        payback_yr, discounted_payback_yr: years until cash is back at nil for good, part-years
            in proportion; 0 = never out of pocket; None = not within the longest horizon.
        irr_pct: internal rate of return over the plan's own horizon, %; None where there is none or
            more than one.
        whole_life: at every horizon, ascending.
        at_risk: receipts.
        years: 0 to the longest horizon, or until the last loan is repaid and provided for.
        flips: in words, what changes the sign of the headline: a sentence for each reading that
            differs from it in one thing and has another sign, then one on all readings.
    """

    basis: Basis
    case: Case
    headline: Reading
    readings: tuple[Reading, ...]
    payback_yr: float | None
    discounted_payback_yr: float | None
    irr_pct: float | None
    whole_life: tuple[WholeLife, ...]
    at_risk: AtRisk
    years: tuple[YearMoney, ...]
    flips: tuple[str, ...]

    @property
    def headline_gbp(self) -> float:
        """The plan's own NPV."""
        return self.headline.npv_gbp

    def npv_gbp(
        self, horizon_yr: int, receipts: Case = "central", *, maintenance: bool, bias: bool
    ) -> float:
        """The NPV of one reading.

        Raises:
            KeyError: the horizon is not among those told.
        """
        for one in self.readings:
            key = (one.horizon_yr, one.receipts, one.maintenance, one.bias)
            if key == (horizon_yr, receipts, maintenance, bias):
                return one.npv_gbp
        raise KeyError(f"no reading over {horizon_yr} years at {receipts} receipts")
