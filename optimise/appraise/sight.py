"""A plan as the appraisal reads it: cover, books, layers, and how each standard stands. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from coverage.standards import Standard
from optimise import amounts
from optimise.cover_results import unit_of
from optimise.money_record import PlanBooks
from optimise.outcome import Outcome
from optimise.plan import Plan
from optimise.problem import Problem

#: A figure may be so far off what is asked and count as met, as in `cover_table`.
TOLERANCE = 1e-6
#: Priorities of repairs that cannot wait: urgent, and due within two years.
URGENT = (1, 2)


@dataclass(frozen=True)
class Promise:
    """How a standard stands today and with the plan.

    Attributes:
        standard: the record.
        unit: of its figures: ``share``, ``min`` or ``miles``.
        asked: what it asks of the whole; None where it asks nothing, or of areas.
        figures: (before, after) over the whole, at the end of cover it is held at; NaN = never.
        total: weight of all who count.
        gained, lost: weight newly in time, and no longer in time (`optimise.changes`).
        met: (before, after) whether it holds wherever it asks; None where it asks nothing.
        met_at_worst: the same after, if every drive took its longest; a target that is today's
            figure is then that of such drives as well.
        places, places_at_risk: areas that it asks something of; those that would then miss it.
    """

    standard: Standard
    unit: str
    asked: float | None
    figures: tuple[float, float]
    total: float
    gained: float
    lost: float
    met: tuple[bool, bool] | None
    met_at_worst: bool | None
    places: int
    places_at_risk: int

    @property
    def label(self) -> str:
        """What it promises, in words."""
        return self.standard.label


@dataclass(frozen=True, eq=False)
class Sight:
    """A plan with its tables.

    Attributes:
        plan: audited. cover: as `optimise.cover_results.cover_table` makes it. books: its money.
    """

    plan: Plan
    cover: pd.DataFrame
    books: PlanBooks

    @cached_property
    def promises(self) -> tuple[Promise, ...]:
        """Every standard, as the scenario orders them."""
        return tuple(
            _promise(data.standard, self.cover[self.cover["standard_id"] == name])
            for data in self.plan.problem.standards
            for name in (data.standard.standard_id,)
        )

    @property
    def problem(self) -> Problem:
        """The numbers the plan was decided from."""
        return self.plan.problem

    @property
    def after(self) -> Outcome:
        """What the plan amounts to."""
        return self.plan.after

    @property
    def buildings(self) -> pd.DataFrame:
        """The buildings layer, by asset_id."""
        frame: pd.DataFrame = self.plan.inputs.estate.buildings
        return frame

    @cached_property
    def released(self) -> tuple[str, ...]:
        """Buildings that the plan lets go, asset_ids ascending."""
        sites = self.problem.sites
        return tuple(s for s in sorted(sites) if sites[s].in_use_today and s not in self.after.open)

    @cached_property
    def built(self) -> tuple[str, ...]:
        """Candidates that the plan builds, ascending."""
        return tuple(s for s in self.after.open if not self.problem.sites[s].in_use_today)

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """Buildings of today that the plan keeps in use, ascending."""
        return tuple(s for s in self.after.open if self.problem.sites[s].in_use_today)

    @cached_property
    def moved(self) -> tuple[str, ...]:
        """Units that the plan moves, ascending."""
        return tuple(amounts.moved(self.problem, self.after))

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Buildings that units move into, ascending."""
        return tuple(sorted({self.after.placed[u] for u in self.moved}))

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """Buildings that the plan lets go, builds, extends or mends, ascending."""
        after = self.after
        return tuple(sorted({*self.released, *self.built, *after.extension_m2, *after.works}))

    @cached_property
    def urgent_gbp(self) -> Mapping[str, float]:
        """asset_id → repairs of priority 1 and 2, £ without optimism bias; blank counts nil."""
        sums = self._backlog(URGENT).fillna(0.0).sum(axis=1)
        return {str(s): float(gbp) for s, gbp in sums.items()}

    @cached_property
    def repairs_stated(self) -> Mapping[str, bool]:
        """asset_id → whether the register states any repairs outstanding, nil included."""
        stated = self._backlog((1, 2, 3, 4)).notna().any(axis=1)
        return {str(s): bool(said) for s, said in stated.items()}

    def _backlog(self, priorities: Sequence[int]) -> pd.DataFrame:
        found: pd.DataFrame = self.buildings[[f"backlog_gbp_p{p}" for p in priorities]]
        return found.astype(float)

    def row(self, asset_id: str) -> pd.Series:
        """A building's row of the layer."""
        found = self.buildings.loc[asset_id]
        assert isinstance(found, pd.Series)
        return found

    def column(self, name: str, ids: Sequence[str]) -> pd.Series:
        """A column of the buildings layer for some buildings."""
        found: pd.Series = self.buildings[name].reindex(list(ids))
        return found


def _promise(standard: Standard, rows: pd.DataFrame) -> Promise:
    asked = rows[(rows["geography"] == standard.geography) & rows["target"].notna()]
    whole = rows[rows["geography"] == "all"]
    own = asked["target"] if standard.geography == "all" else asked["target"].iloc[:0]
    worst = "high" if standard.in_minutes else "low"
    missed = asked[~_holds(standard, _at_worst(standard, asked, worst), f"after_{worst}")]
    held = f"_{worst}" if standard.held_at == "low" else ""
    met = tuple(bool(_holds(standard, asked, f"{w}{held}").all()) for w in ("before", "after"))
    return Promise(
        standard=standard,
        unit=unit_of(standard),
        asked=float(own.iloc[0]) if len(own) else None,
        figures=(_first(whole, f"figure_before{held}"), _first(whole, f"figure_after{held}")),
        total=_first(whole, "total"),
        gained=_first(whole, "gained"),
        lost=_first(whole, "lost"),
        met=(met[0], met[1]) if len(asked) else None,
        met_at_worst=missed.empty if len(asked) else None,
        places=len(asked),
        places_at_risk=len(missed),
    )


def _at_worst(standard: Standard, asked: pd.DataFrame, worst: str) -> pd.DataFrame:
    """The rows with the target that is asked when every drive takes its longest."""
    if not isinstance(standard.target, str):
        return asked
    today = asked[f"figure_before_{worst}"].astype(float)
    return asked.assign(target=today.map(standard.required_figure))


def _holds(standard: Standard, asked: pd.DataFrame, which: str) -> pd.Series:
    """Whether each place's figure is on the right side of its target; an endless time is not."""
    figure, target = asked[f"figure_{which}"].astype(float), asked["target"].astype(float)
    spare = target - figure if standard.in_minutes else figure - target
    return spare >= -TOLERANCE


def _first(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].iloc[0]) if len(rows) else math.nan


def counted(number: int, one: str, many: str = "") -> str:
    """``1 building``, ``3 buildings``, ``no building``."""
    if number == 0:
        return f"no {one}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(p for p in (", ".join(words[:-1]), *words[-1:]) if p)


def capital(text: str) -> str:
    """With a capital letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """With a capital letter and a full stop (``!`` and ``?`` stay); "" of nothing."""
    text = text.strip()
    return capital(text) + ("" if text[-1] in ".!?" else ".") if text else ""
