"""Tables of the run store, described once: SQLite, PostgreSQL and docs/store.md are made from it.

What an analyst sees are the tables here. Beneath them, what repeats from run to run (names,
keys of scenarios, groups of keys) is stored once and pointed at (`optimise.store.ddl`), so that
ten thousand runs stay small and quick to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: Raised whenever a table changes: an older store is made again from its folders.
VERSION = 1
MARK = "Groundplan run store"

#: text; word = text that repeats; asset = an asset_id of the run's estate; flag = 0 or 1.
Kind = Literal["text", "word", "asset", "integer", "real", "flag"]


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: with its unit, where it has one.
        kind: what it holds.
        meaning: in a line, for docs/store.md.
        varies: may differ between two stores of the same scenarios (seconds, paths).
    """

    name: str
    kind: Kind
    meaning: str
    varies: bool = False


@dataclass(frozen=True)
class StoreTable:
    """A table; of all but ``runs`` and ``buildings`` the first column is ``run_id``.

    Attributes:
        name: as an analyst asks for it.
        meaning: what a row is.
        columns: in order.
        order: columns that put its rows in order, ``run_id`` apart.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def stored(self) -> tuple[Column, ...]:
        """Columns without ``run_id``, which a number stands for."""
        return tuple(column for column in self.columns if column.name != "run_id")


_RUN = Column("run_id", "text", "folder of the run, from the store's root")


def _c(name: str, kind: Kind, meaning: str, *, varies: bool = False) -> Column:
    return Column(name, kind, meaning, varies)


RUNS = StoreTable(
    "runs",
    "a run: a plan, or what became of a scenario that has none",
    (
        _RUN,
        _c("batch", "text", "name of the batch it belongs to; blank = none"),
        _c("scenario", "text", "name of the scenario (of the variant, in a batch)"),
        _c("title", "text", "its title"),
        _c("sweep", "text", "sweep it was made by; blank = none"),
        _c("run_key", "text", "checksum of what was asked and of the inputs, of a batch's run"),
        _c("status", "text", "optimal (proved within gap_asked), feasible (stopped before), "
           "impossible, no_plan, bad_input, audit, fault; damaged = the folder cannot be read"),
        _c("reason", "text", "why there is no plan, or what is damaged; blank = there is one"),
        _c("objective_name", "text", "what was made best"),
        _c("objective_unit", "text", "unit of objective and bound"),
        _c("objective", "real", "value of the plan, in objective_unit"),
        _c("bound", "real", "no plan is better than this, in objective_unit"),
        _c("gap", "real", "between objective and bound, as a share of the whole (0.01 = 1 %)"),
        _c("gap_on_savings", "real", "the same, as a share of what the plan saves"),
        _c("gap_asked", "real", "gap at which the search may stop, share"),
        _c("npv_gbp", "real", "net present value against doing nothing, £"),
        _c("do_nothing_cost_gbp", "real", "present cost of doing nothing, £"),
        _c("receipts_gbp", "real", "capital receipts, net of costs of sale, £"),
        _c("revenue_saving_gbp_pa", "real", "revenue saving, £ a year"),
        _c("capital_gbp", "real", "capital spent, optimism bias included, £"),
        _c("penalty_gbp", "real", "what soft standards missed cost in the objective, £"),
        _c("backlog_avoided_gbp", "real", "backlog maintenance avoided, £"),
        _c("backlog_retained_gbp", "real", "backlog maintenance of the buildings kept, £"),
        _c("works_gbp", "real", "works on condition, £"),
        _c("buildings_before", "integer", "buildings in use today, count"),
        _c("buildings_after", "integer", "buildings in use after the plan, count"),
        _c("buildings_released", "integer", "buildings let go, count"),
        _c("units_moved", "integer", "service units that move, count"),
        _c("units_withdrawn", "integer", "service units withdrawn, count"),
        _c("units_outreach", "integer", "service units delivered as outreach, count"),
        _c("standards_missed", "integer", "standards that ask for a figure and miss it, count"),
        _c("targets_missed", "integer", "targets and limits missed, count"),
        _c("solver", "text", "solver and its version"),
        _c("solve_s", "real", "seconds in the solver", varies=True),
        _c("total_s", "real", "seconds in all stages", varies=True),
        _c("groundplan", "text", "version that planned it"),
        _c("estate_key", "text", "which list of buildings it planned (see buildings)"),
        _c("page", "text", "its page, from the store's root; blank = none drawn"),
    ),
    (),
)  # fmt: skip

SCENARIO_KEYS = StoreTable(
    "scenario_keys",
    "a key of a run's scenario as resolved, lists whole; without the keys that ask for nothing "
    "(name, title, note, attribution, appraisal, risks, overrides, scenarios, sweeps)",
    (
        _RUN,
        _c("key", "word", "dotted, such as targets.receipts_gbp"),
        _c("value", "word", "as JSON: 15000000.0, \"npv\", true, null, [1, 2]"),
        _c("number", "real", "the value where it is a number, in the key's unit"),
        _c("changed", "flag", "1 = an override or setting of this run changed it in the file"),
    ),
    ("key",),
)  # fmt: skip

STANDARDS = StoreTable(
    "standards",
    "a standard of a run, over its whole area; shares are 0 to 1",
    (
        _RUN,
        _c("standard_id", "word", "its id in the scenario"),
        _c("title", "word", "in words"),
        _c("kind", "word", "hard, soft or report"),
        _c("weight", "word", "which people or things are counted"),
        _c("statistic", "word", "share_within, mean, percentile, worst ..."),
        _c("unit", "word", "unit of target and figures: share, min, miles, km"),
        _c("target", "real", "figure asked for, in unit; blank = none"),
        _c("figure_before", "real", "the statistic today, in unit"),
        _c("figure_after", "real", "the statistic after the plan, in unit"),
        _c("share_before", "real", "share within the threshold today"),
        _c("share_after", "real", "share within the threshold after the plan"),
        _c("share_after_low", "real", "the same with slow drives (low end of the times' error)"),
        _c("share_after_high", "real", "the same with fast drives"),
        _c("within_before", "real", "of the weight, within the threshold today"),
        _c("within_after", "real", "of the weight, within the threshold after the plan"),
        _c("total", "real", "of the weight, in all"),
        _c("met", "flag", "1 = meets the target; blank = asks for none"),
    ),
    ("standard_id",),
)

TARGETS = StoreTable(
    "targets",
    "a target of a run's money, or a limit on a measure",
    (
        _RUN,
        _c("name", "word", "its key, such as receipts_gbp; the unit is in it"),
        _c("title", "word", "in words"),
        _c("target", "real", "asked for, in the unit of the name"),
        _c("value", "real", "of the plan, in the same unit"),
        _c("met", "flag", "1 = met"),
    ),
    ("name",),
)

DECISIONS = StoreTable(
    "decisions",
    "what a run does with a building",
    (
        _RUN,
        _c("asset_id", "asset", "the building, see buildings"),
        _c("decision", "word", "retain, share, extend, build, dispose, not_built, out_of_scope"),
        _c("in_use_after", "flag", "1 = in use after the plan, 0 = not"),
        _c("receipt_gbp", "real", "receipt for it, £"),
        _c("capital_gbp", "real", "capital spent at it, £"),
        _c("running_cost_saving_gbp_pa", "real", "running cost saved, £ a year"),
    ),
    ("asset_id",),
)

BUILDINGS = StoreTable(
    "buildings",
    "a building as the runs of an estate know it",
    (
        _c("estate_key", "text", "runs with the same list of buildings share it"),
        _c("asset_id", "text", "the owner's identifier"),
        _c("name", "text", "its name"),
        _c("owner", "text", "body that owns or holds it"),
        _c("asset_type", "text", "use of the building"),
        _c("easting", "real", "British National Grid, m"),
        _c("northing", "real", "British National Grid, m"),
        _c("confidential", "flag", "1 = not to be named in public"),
    ),
    ("estate_key", "asset_id"),
)

MONEY_YEARS = StoreTable(
    "money_years",
    "a financial year of a run's money; what is spent is negative",
    (
        _RUN,
        _c("year", "word", "financial year, 2026/27"),
        _c("capital_gbp", "real", "capital, £"),
        _c("receipts_gbp", "real", "receipts, £"),
        _c("one_off_gbp", "real", "one-off costs, £"),
        _c("saving_gbp", "real", "revenue saving, £"),
        _c("net_gbp", "real", "all of them together, £"),
        _c("pv_gbp", "real", "the present value of that, £"),
    ),
    ("year",),
)

INPUTS = StoreTable(
    "inputs",
    "a file a run was made from",
    (
        _RUN,
        _c("layer", "word", "what it is"),
        _c("path", "word", "where it lay", varies=True),
        _c("sha256", "word", "its checksum"),
    ),
    ("layer", "sha256"),
)

TABLES = (RUNS, SCENARIO_KEYS, STANDARDS, TARGETS, DECISIONS, BUILDINGS, MONEY_YEARS, INPUTS)
#: Tables whose rows lie, with a number for the run, in a table of their own beneath.
OF_RUNS = (STANDARDS, TARGETS, DECISIONS, MONEY_YEARS, INPUTS)
BY_NAME: Mapping[str, StoreTable] = {table.name: table for table in TABLES}

COUNTS = StoreTable(
    "building_counts",
    "a building, with in how many runs it stays in use (a view, for maps)",
    (
        *BUILDINGS.columns,
        _c("runs", "integer", "runs with a plan that decide on it, count"),
        _c("kept", "integer", "of them, those in which it is in use after the plan, count"),
        _c("gone", "integer", "of them, those in which it is not, count"),
        _c("share_kept", "real", "kept / runs, 0 to 1"),
    ),
    ("estate_key", "asset_id"),
)

#: Keys of a scenario that ask for nothing, or stand for others.
UNASKED = ("name", "title", "note", "attribution", "appraisal", "risks", "overrides",
           "scenarios", "sweeps")  # fmt: skip
#: Decisions that leave a building in use; one out of scope stays as it is.
IN_USE = ("retain", "share", "extend", "build")
NOT_IN_USE = ("dispose", "not_built")
