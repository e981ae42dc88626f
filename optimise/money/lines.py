"""The lines that money is booked on, and a flow of money on one of them.

Time runs in years from 1 April of the base year; what falls at time t belongs
to the financial year ``base_year + ⌊t⌋`` and is worth d(t) of its amount today.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["capital", "receipt", "one_off", "annual", "transfer", "apart", "financing"]
Tag = Literal["property", "service", "partner", ""]


@dataclass(frozen=True)
class Line:
    """One line of the books.

    Attributes:
        key, label: as in the tables; as readers see it.
        kind: ``capital`` and ``one_off`` (revenue paid once) are spent, ``receipt`` comes in,
            ``annual`` is saved or spent every year; these four make the net present value.
            ``transfer`` is paid by one partner to another and nets out; ``apart`` is told
            beside the value, never in it; ``financing`` is how capital is paid for.
        tag: whose saving it is, so that none is claimed twice.
    """

    key: str
    label: str
    kind: Kind
    tag: Tag = ""


#: Every line, in the order of the tables.
LINES: Mapping[str, Line] = {
    line.key: line
    for line in (
        Line("build", "New building", "capital"),
        Line("extension", "Extension", "capital"),
        Line("works", "Works for condition", "capital"),
        Line("move", "Moves", "capital"),
        Line("fit_out", "Fitting out to share", "capital"),
        Line("lease_exit", "Leaving leases: penalties and dilapidations", "capital"),
        Line("clawback", "Grant repaid when a use ends", "capital"),
        Line("grant", "Grants", "capital"),
        Line("receipt", "Receipts from sales, net of their cost", "receipt"),
        Line("neighbours", "More for neighbours sold together", "receipt"),
        Line("holding", "Holding empty buildings", "one_off", "property"),
        Line("rent_due", "Rent until leases end", "one_off", "property"),
        Line("one_off", "One-off revenue cost of change", "one_off", "service"),
        Line("running_cost_saved", "Running cost of buildings released", "annual", "property"),
        Line("running_cost_added", "Running cost of new buildings", "annual", "property"),
        Line("hosting", "Rise in the host's running cost", "annual", "property"),
        Line("withdrawal", "Services withdrawn", "annual", "service"),
        Line("outreach", "Services delivered as outreach", "annual", "service"),
        Line("income", "Further income", "annual", "partner"),
        Line("rent_paid", "Rent paid by guests", "transfer", "partner"),
        Line("rent_received", "Rent received by hosts", "transfer", "partner"),
        Line("settlement", "Settled between partners", "transfer", "partner"),
        Line("maintenance_avoided", "Backlog and planned maintenance avoided", "apart", "property"),
        Line("borrowed", "Borrowed", "financing"),
        Line("interest", "Interest", "financing"),
        Line("mrp", "Minimum revenue provision", "financing"),
    )
}  # fmt: skip
#: Kinds that make the net present value.
VALUED: tuple[Kind, ...] = ("capital", "receipt", "one_off", "annual")


@dataclass(frozen=True)
class Flow:
    """Money on a line at a time.

    Attributes:
        line: key of `LINES`.
        time_yr: years from 1 April of the base year, ≥ 0.
        amount_gbp: £ of the base year; + is in the estate's favour, − is paid.
    """

    line: str
    time_yr: float
    amount_gbp: float

    @property
    def year(self) -> int:
        """Whole years from the base year: the financial year it falls in."""
        return int(self.time_yr)

    @property
    def kind(self) -> Kind:
        """Kind of its line."""
        return LINES[self.line].kind


def spread(begins_yr: float, ends_yr: float) -> Iterator[tuple[float, float]]:
    """(middle, length) of each financial year's part of a stretch of time, in years.

    What is paid a year while a building is held falls into each year by the
    part of it that the stretch covers. Nothing where the end is not after the beginning.
    """
    at = begins_yr
    while at < ends_yr:
        until = min(ends_yr, math.floor(at) + 1.0)
        yield (at + until) / 2.0, until - at
        at = until
