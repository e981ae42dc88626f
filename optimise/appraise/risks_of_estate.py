"""Risks in the estate and its data: law, leases, market, surveys, sources, proof, timing."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from assets.defaults import ASSUMED
from assets.leases import in_force
from optimise.appraise.data_dates import data_dates
from optimise.appraise.factors import CONSTRAINT_NAMES, OTHER, constraints
from optimise.appraise.options import own_words
from optimise.appraise.own_words import Level
from optimise.appraise.risks import Risk, graded
from optimise.appraise.sight import Sight, capital, counted, listed
from optimise.ledger.conditions import CONSTRAINT_WORDS
from optimise.phasing.calendar import year_label
from optimise.telling import NO_GAP

#: How serious a constraint is, and what to do about it (clawback is a risk of money).
OF_CONSTRAINT: Mapping[str, tuple[Level, str]] = {
    "contaminated": ("high", "Have the ground investigated before a price is counted on."),
    "acv": ("medium", "Give notice early, and count the six months in."),
    "listed": ("medium", "Speak to the conservation officer before works or a sale."),
    "conservation_area": ("low", "Check what demolition or changes would need."),
    OTHER: ("not rated", "Read what the register says of each."),
}
#: Sales in one market area and financial year, from which a level holds.
MARKET_HIGH, MARKET_MEDIUM = 5, 3
#: Share of buildings with a gap in their data, from which a level holds.
GAPS_HIGH, GAPS_MEDIUM = 0.50, 0.20
#: A condition survey older than this is not recent, years.
SURVEY_YR = 5
#: How far ahead the end of a lease is looked for, years from the base year.
LEASE_YR = 10
#: Room for improvement left by the proof, from which a level holds.
PROOF_HIGH, PROOF_MEDIUM = 0.05, 0.01


def risks_of_estate(sight: Sight) -> Iterator[Risk]:
    """Every risk in the estate, and in what is known of it, that there is reason for."""
    yield from _constraints(sight)
    yield from _notices(sight)
    yield from _unclear_ends(sight)
    yield from _leases_kept(sight)
    yield from _market(sight)
    yield from _surveys(sight)
    yield from _undated(sight)
    yield from _conflicts(sight)
    yield from _assumed(sight)
    yield from _proof(sight)
    yield from _timing(sight)
    yield from _consultation(sight)


def _constraints(sight: Sight) -> Iterator[Risk]:
    words = constraints(sight, sight.touched)
    for word, (level, remedy) in OF_CONSTRAINT.items():
        ids = tuple(s for s, found in words.items() if word in found)
        if not ids:
            continue
        says = CONSTRAINT_WORDS.get(word, "the register names a constraint of another kind")
        yield Risk(
            f"constraint.{word}",
            capital(CONSTRAINT_NAMES.get(word, "other constraints")),
            f"{capital(counted(len(ids), 'building'))} let go, built, extended or mended: {says}.",
            level,
            f"{capital(level)} for this kind of constraint.",
            remedy,
            ids,
        )


def _notices(sight: Sight) -> Iterator[Risk]:
    told = sight.books.disposals
    due = told[told["notice_by"] != ""]
    if due.empty:
        return
    first = str(due["notice_by"].min())
    base = sight.problem.calendar.base_year
    ahead = (dt.date.fromisoformat(first) - dt.date(base, 4, 1)).days / 365.25
    yield Risk(
        "leases.notice",
        "Notices of lease breaks",
        f"{capital(counted(len(due), 'lease'))} can only be ended at a break, with notice; the "
        f"first notice is due by {first}. A break that is missed costs rent to the next one.",
        "high" if ahead <= 1.0 else "medium" if ahead <= 2.0 else "low",
        f"By the first notice: high within a year of 1 April {base}, medium within two.",
        "Put the dates of notice in the diary, and check the conditions of each break.",
        tuple(sorted(due["asset_id"].astype(str))),
    )


def _unclear_ends(sight: Sight) -> Iterator[Risk]:
    told = sight.books.disposals
    ids = tuple(sorted(told.loc[told["way_out"].isin(("lease ends", "returned")), "asset_id"]))
    if ids:
        yield Risk(
            "leases.unstated",
            "Let go on terms that nobody has stated",
            f"{capital(counted(len(ids), 'building'))} let go {'is' if len(ids) == 1 else 'are'} "
            "held on terms that the layers do not state; the plan counts no rent or penalty after.",
            "not rated",
            "Not rated: the terms are not in the data.",
            "Find the agreements, and list them among the leases.",
            ids,
        )


def _leases_kept(sight: Sight) -> Iterator[Risk]:
    base = sight.problem.calendar.base_year
    start, until = pd.Timestamp(base, 4, 1), pd.Timestamp(base + LEASE_YR, 4, 1)
    leases = sight.plan.inputs.estate.leases
    ending = []
    for s in sight.kept:
        rows = in_force(leases, s, start.date())
        if len(rows) and pd.notna(rows["expiry"].iloc[-1]) and rows["expiry"].iloc[-1] <= until:
            ending.append(s)
    if not ending:
        return
    hosts = len(set(ending) & {*sight.hosts, *sight.after.extension_m2})
    yield Risk(
        "leases.kept",
        "Buildings kept whose lease runs out",
        f"The lease of {counted(len(ending), 'building')} kept runs out within {LEASE_YR} years "
        f"of 1 April {base}; {hosts:,} of them {'takes' if hosts == 1 else 'take'} in services "
        "or would be extended.",
        "high" if hosts else "medium",
        "High where a building takes in services or is extended, else medium.",
        "Agree a renewal before money is spent there.",
        tuple(ending),
    )


def _market(sight: Sight) -> Iterator[Risk]:
    told = sight.books.disposals
    sales = told[(told["way_out"] == "sale") & (told["net_receipt_gbp"] > 0)]
    placed = sales[sales["market_area"] != ""]
    if placed.empty:
        return
    calendar = sight.problem.calendar
    years = [calendar.year_of(int(p)) for p in placed["period"]]
    count = Counter(zip(placed["market_area"].astype(str), years, strict=True))
    (area, year), most = max(count.items(), key=lambda one: (one[1], -one[0][1], one[0][0]))
    busiest = (placed["market_area"] == area) & (pd.Series(years, index=placed.index) == year)
    nowhere = len(sales) - len(placed)
    blank = f" {capital(counted(nowhere, 'sale'))} in no market area." if nowhere else ""
    yield Risk(
        "market.pace",
        "Sales that crowd one market",
        f"At most {counted(most, 'building')} {'comes' if most == 1 else 'come'} on the market of "
        f"one area in one year ({year_label(calendar.base_year + year)}).{blank}",
        "high" if most >= MARKET_HIGH else "medium" if most >= MARKET_MEDIUM else "low",
        f"By the busiest area and year: high from {MARKET_HIGH} sales, medium from "
        f"{MARKET_MEDIUM}.",
        "Spread sales over the years.",
        tuple(sorted(placed.loc[busiest, "asset_id"].astype(str))),
    )


def _surveys(sight: Sight) -> Iterator[Risk]:
    ids = list(sight.kept)
    grade = sight.column("condition_grade", ids).fillna("").astype(str)
    when = pd.to_datetime(sight.column("survey_date", ids))
    oldest = pd.Timestamp(sight.problem.calendar.base_year - SURVEY_YR, 4, 1)
    none, old = (grade == "") | when.isna(), when < oldest
    lacking = [s for s in ids if none[s] or old[s]]
    if not lacking:
        return
    yield Risk(
        "data.surveys",
        "Condition that nobody knows well",
        f"Of {counted(len(ids), 'building')} kept, with no dated condition survey: "
        f"{int(none.sum()):,}; with one of more than {SURVEY_YR} years ago: "
        f"{int((old & ~none).sum()):,}.",
        graded(len(lacking) / len(ids), high=GAPS_HIGH, medium=GAPS_MEDIUM),
        f"By their share: high from {GAPS_HIGH:.0%}, medium from {GAPS_MEDIUM:.0%}.",
        "Survey the buildings that take in services first.",
        tuple(lacking),
    )


def _undated(sight: Sight) -> Iterator[Risk]:
    told = data_dates(sight.plan.inputs)
    undated = [row["layer"] for row in told if row["undated_rows"] == row["rows"]]
    if undated:
        yield Risk(
            "data.undated",
            "Data that does not say its date",
            f"{len(undated):,} of {counted(len(told), 'layer')} "
            f"{'does' if len(undated) == 1 else 'do'} not say what date the rows describe: "
            f"{listed(undated)}.",
            "not rated",
            "Not rated: how old the data is cannot be told.",
            "Say the date of each row, if only that of the extract.",
        )


def _conflicts(sight: Sight) -> Iterator[Risk]:
    estate = sight.plan.inputs.estate
    layers = {"buildings": estate.buildings, "services": estate.services, "demand": estate.demand,
              "areas": estate.areas, "leases": estate.leases,
              "compatibility": estate.compatibility}  # fmt: skip
    noted = {name: frame[_said(frame, "conflict_note")] for name, frame in layers.items()}
    number = sum(map(len, noted.values()))
    if not number:
        return
    ids = {*map(str, noted["buildings"].index), *map(str, noted["leases"].index)}
    ids |= set(noted["services"]["asset_id"].astype(str))
    moving = ids & {*sight.released, *sight.hosts, *sight.built}
    yield Risk(
        "data.conflicts",
        "Sources that contradict each other",
        f"{capital(counted(number, 'row'))} of the layers {'notes' if number == 1 else 'note'} "
        "that sources disagree. Buildings concerned that are let go, built or take in services: "
        f"{len(moving):,}.",
        "medium" if moving else "low",
        "Medium where a building that changes is concerned, else low.",
        "Settle which source holds, beginning with the buildings that change.",
        tuple(sorted(ids)),
    )


def _said(frame: pd.DataFrame, column: str) -> pd.Series:
    """Rows in which a column of text says something."""
    if column not in frame:
        return pd.Series(False, index=frame.index)
    return frame[column].fillna("").astype(str).str.strip() != ""


def _assumed(sight: Sight) -> Iterator[Risk]:
    ids = [*sight.kept, *sight.released]
    refs = sight.column("source_ref", ids).fillna("").astype(str)
    assumed = tuple(sorted(refs.index[refs.str.contains(ASSUMED, regex=False)].astype(str)))
    if not assumed:
        return
    yield Risk(
        "data.assumed",
        "Figures taken from a table of defaults",
        f"For {len(assumed):,} of {counted(len(ids), 'building')} some figures are not the "
        "owner's: they were filled in from a table of usual figures.",
        graded(len(assumed) / len(ids), high=GAPS_HIGH, medium=GAPS_MEDIUM),
        f"By their share: high from {GAPS_HIGH:.0%}, medium from {GAPS_MEDIUM:.0%}.",
        "Replace them by the owner's own figures before anything is decided.",
        assumed,
    )


def _proof(sight: Sight) -> Iterator[Risk]:
    gap = sight.plan.solution.largest_gap
    if gap <= NO_GAP:
        return
    level: Level = graded(gap, high=PROOF_HIGH, medium=PROOF_MEDIUM)
    text = (
        f"A better plan may exist: it could be up to {gap:.1%} better by what was asked for."
        if math.isfinite(gap)
        else "A better plan may exist; how much better it could be is not known."
    )
    yield Risk(
        "proof",
        "Not proved to be the best plan",
        f"{text} Every rule holds all the same.",
        level,
        f"By how much better a plan could be: high from {PROOF_HIGH:.0%}, medium from "
        f"{PROOF_MEDIUM:.0%}.",
        "Allow the search more time.",
    )


def _timing(sight: Sight) -> Iterator[Risk]:
    if sight.problem.phased is not None or not sight.moved:
        return
    yield Risk(
        "timing",
        "Everything at once",
        "The plan does everything in the first year: what has to wait for what, and whether "
        "standards hold on the way, is not looked at.",
        "medium",
        "Medium: no timetable was asked for.",
        "Ask for a timetable.",
    )


def _consultation(sight: Sight) -> Iterator[Risk]:
    if own_words(sight, "plan").views:
        return
    yield Risk(
        "consultation",
        "Nobody has been asked yet",
        "No views of residents, staff, members or partners on the plan are recorded. It is a "
        "proposal for consultation, and may have to change.",
        "not rated",
        "Not rated: what people will say is not known.",
        "Consult before anything is decided, and record what was said.",
    )
