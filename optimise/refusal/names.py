"""The table of named rules: what each group of rows says, in the scenario's own words.

A row's name begins with its family's prefix (`optimise.making.row_name`).
The table says of every prefix either that its rows are how the estate works
(`STRUCTURE`: a unit is in one place, a place in use is open), which nothing
loosens, or which rule of the scenario or figure of the layers they state, how
that is told, and by what it may give way. A new family adds its prefixes here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from optimise.refusal import said_places as places
from optimise.refusal import said_targets as targets
from optimise.refusal import said_times as times
from optimise.refusal.terms import Asked, Maker, Term


def parts_of(name: str) -> tuple[str, ...]:
    """The parts that `optimise.making.row_name` made a name of."""
    return tuple(_decoded(part) for part in name.split("__"))


def _decoded(part: str) -> str:
    raw, at = bytearray(), 0
    while at < len(part):
        if part[at] == "_":
            raw.append(int(part[at + 1 : at + 3], 16))
            at += 3
        else:
            raw += part[at].encode()
            at += 1
    return raw.decode("utf-8", errors="replace")


#: Rows of a period before the last begin with it (`optimise.constraints.interim`).
ON_THE_WAY = re.compile(r"in\d+")


def term_of(asked: Asked, name: str) -> Term | None:
    """What a row says of a rule; None for how the estate works, and for rows not in the table."""
    prefix, *parts = parts_of(name)
    if ON_THE_WAY.fullmatch(prefix):
        # What holds on the way is the same rule as what holds in the end, and gives way with it.
        prefix, *parts = parts
    maker = TABLE.get(prefix)
    return None if maker is None else maker(asked, tuple(parts))


def _structure(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """How the estate works: nothing to loosen."""
    return None


#: Rows that say how the estate works. Locks and sets kept whole are among them: they come back
#: under switches of their own (`optimise.refusal.opened`).
STRUCTURE = (
    "placed", "used", "holds", "retain", "close", "set_kept",
    "holds_unit", "together_cost", "houses_if", "hub_of",
    "serves", "served_if", "present_if", "fall", "fall_or_gain", "below_highest", "above_lowest",
    "worst_level", "worst_served", "stage",
    "once", "emptied", "built", "in_works", "works_once", "busy_if", "neighbour", "reinvested_by",
    "differs",  # what earlier plans ask of an alternative, which is no rule of the scenario
)  # fmt: skip

#: Prefix → maker of its terms.
TABLE: Mapping[str, Maker] = {
    **dict.fromkeys(STRUCTURE, _structure),
    "at_least": places.count("at_least", 1),
    "at_most": places.count("at_most", -1),
    "set_least": places.named_set("at_least", 1),
    "set_most": places.named_set("at_most", -1),
    "hubs_least": places.hubs,
    "moved": places.named_move,
    "moves_most": places.change("moves_at_most", "moves"),
    "closures_most": places.change("closures_at_most", "closures"),
    "withdrawals_most": places.change("withdrawals_at_most", "withdrawals"),
    "condition": places.condition,
    "works_done": places.condition,
    "capacity": places.capacity,
    "extension": places.extension,
    "bays": places.bays,
    "sessions": places.sessions,
    "apart": places.apart,
    "single": places.single,
    "cover": targets.cover,
    "kept": targets.protected,
    "growth": targets.protected,
    "fair": targets.compared,
    "floor": targets.floor,
    "ceiling": targets.floor,
    "gap": targets.gap,
    "receipts": targets.money("receipts_gbp", "capital receipts of at least {}", 1),
    "saving": targets.money("revenue_saving_gbp_pa", "a revenue saving of at least {} a year", 1),
    "capital_budget": targets.money(
        "capital_budget_gbp", "capital of at most {} beyond the receipts that may be reinvested", -1
    ),
    "limit": targets.limit,
    "partner": targets.partner,
    "period_moves": times.capped("moves_per_period", "at most {} units change in a period"),
    "areas_at_once": times.capped("areas_at_once", "at most {} areas worked on in a period"),
    "market_sales": times.capped(
        "disposals_per_market_area_pa", "at most {} sales in a market area in a year"
    ),
    "market_value": times.market_value,
    "order": times.order,
    "link": times.link,
    "paid_first": times.paid_first,
    "saving_in": times.by_year(
        "revenue_saving_gbp_by_year", "a revenue saving of at least {} in {}", 1
    ),
    "receipts_by": times.by_year(
        "receipts_gbp_by_year", "capital receipts of at least {} by the end of {}", 1
    ),
    "capital_by": times.by_year(
        "capital_budget_gbp_by_year",
        "capital by the end of {1} within budgets ({0} of it in that year), loans and receipts",
        -1,
    ),
    "capital_in": times.by_year(
        "capital_budget_gbp_by_year",
        "capital in {1} within {0}, loans and reinvested receipts",
        -1,
    ),
}
