"""What a building's release waits for, in sentences: law, lease and what the register says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from optimise import finance as money
from optimise.phasing.calendar import Calendar
from optimise.sites import Site

#: Months of the full moratorium on an asset of community value (Localism Act 2011, section 95).
MORATORIUM_MONTHS = 6.0
#: What a word of the ``constraints`` column means for a sale.
CONSTRAINT_WORDS: Mapping[str, str] = {
    "acv": "asset of community value: no sale for 6 weeks from the notice, nor for 6 months from "
    "it where a community group asks to bid (Localism Act 2011, section 95)",
    "listed": "listed: works and demolition need consent, which bears on its value (Planning "
    "(Listed Buildings and Conservation Areas) Act 1990)",
    "conservation_area": "in a conservation area: demolition needs planning permission (Town and "
    "Country Planning Act 1990, section 196D)",
    "contaminated": "contaminated: investigation and remediation come off its value "
    "(Environmental Protection Act 1990, Part 2A)",
    "clawback": "a grant may have to be repaid when the use ends",
}
BEST_CONSIDERATION = (
    "where a council sells: for the best consideration that can reasonably be obtained "
    "(Local Government Act 1972, section 123)"
)


@dataclass(frozen=True)
class WayOut:
    """How and when a building that is vacated is let go.

    Attributes:
        kind: sale, lease break, lease expiry, lease ends (it had run out, or states no end) or
            returned (held otherwise, with no lease listed).
        at_yr: years from 1 April of the base year to the receipt or the end of the lease.
        notice_by: last day to give notice of a break; None where none is needed.
    """

    kind: str
    at_yr: float
    notice_by: dt.date | None = None


def way_out(site: Site, calendar: Calendar, period: int, *, freehold: bool) -> WayOut:
    """How a building vacated in a period is let go (`optimise.sites.Exit.flows` has its money)."""
    start = calendar.start_yr(period)
    terms = site.exit.lease
    if terms is None:
        return WayOut("sale" if freehold else "returned", start + site.exit.years_to_sell)
    found = money.lease_exit(terms, base_year=calendar.base_year, vacated_yr=start)
    if found.at_break:
        ends = day_of(calendar, found.years)
        return WayOut("lease break", found.years, months_before(ends, terms.notice_months))
    runs_on = terms.expiry is not None and calendar.yr_of(terms.expiry) >= start
    return WayOut("lease expiry" if runs_on else "lease ends", found.years)


def day_of(calendar: Calendar, at_yr: float) -> dt.date:
    """The day so many years after 1 April of the base year."""
    return money.day_after(at_yr, calendar.base_year)


def sold_on(calendar: Calendar, at_yr: float) -> dt.date:
    """About when a sale's money comes in: so many whole months after 1 April of the base year."""
    whole = round(at_yr * 12.0)
    day = pd.Timestamp(calendar.base_year, 4, 1) + pd.DateOffset(months=whole)
    return dt.date(day.year, day.month, day.day)


def months_before(day: dt.date, months: float) -> dt.date:
    """The day so many months before another: whole calendar months, then days for the rest."""
    return money.notice_day(day, months)


def conditions(site: Site, row: pd.Series, out: WayOut) -> tuple[str, ...]:
    """Sentences on what a release waits for or has to reckon with.

    Args:
        site: the building.
        row: of the buildings layer; what it says is untrusted text.
        out: how it is let go.
    """
    stated = _stated(row)
    found = [CONSTRAINT_WORDS.get(word, f"the register says: {word}") for word in stated]
    if out.kind == "sale":
        found += _of_sale(site, stated)
    if out.kind == "lease break":
        found.append(f"notice of the break by {out.notice_by}, and the conditions of the break met")
    if out.kind == "lease expiry":
        found.append(
            "vacated before the lease expires, or 3 months' notice after it (Landlord and "
            "Tenant Act 1954, section 27)"
        )
    if out.kind in ("lease ends", "returned"):
        found.append("the terms on which it is held are not stated: check before it is vacated")
    return tuple(found)


def _stated(row: pd.Series) -> list[str]:
    """Words of the ``constraints`` column, in order, each once."""
    value = row.get("constraints", "")
    text = "" if pd.isna(value) else str(value)
    return list(dict.fromkeys(w.strip().casefold() for w in text.split(";") if w.strip()))


def _of_sale(site: Site, stated: list[str]) -> Iterator[str]:
    yield BEST_CONSIDERATION
    if not site.exit.receipt_gbp:
        yield "no market value is stated: no receipt is counted"
    if "acv" in stated and site.exit.years_to_sell * 12.0 < MORATORIUM_MONTHS:
        months = f"{site.exit.years_to_sell * 12.0:g}"
        yield f"counted as sold within {months} months, which a moratorium would put off"
    if site.exit.clawback_gbp and "clawback" not in stated:
        yield CONSTRAINT_WORDS["clawback"]
