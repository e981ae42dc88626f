"""Who is reached in how many minutes, counted from the cells of a run. Pure.

Every figure is a sum of weights (people, households, ...) over the places of the run; a place
without a route stays in the total and is never within any number of minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maps import certainty, style
from maps.runs import RunFrames

Floats = npt.NDArray[np.float64]
WHEN = ("before", "after")
#: Minutes in the layers are rounded to a thousandth.
ROUNDING = 0.0005
#: A total that differs from the standard's own by more than this is told in a note.
DIFFERS = 0.001


@dataclass(frozen=True)
class Reached:
    """One standard's times, place by place.

    Attributes:
        standard: its entry in run.json.
        weight: what each place counts, aligned with the times.
        before, after: minutes (miles where lines are straight); infinite where there is no route.
        within_before, within_after: weight the run itself counts as within the threshold.
        unit: ``min`` or ``miles``.
        counted: what the weights are, in words ("people").
        notes: what a reader must know of how these differ from the standard's own figures.
    """

    standard: Mapping[str, Any]
    weight: Floats
    before: Floats
    after: Floats
    within_before: float
    within_after: float
    unit: str
    counted: str
    notes: tuple[str, ...]

    @property
    def total(self) -> float:
        """Weight of all places, those without a route too."""
        return float(self.weight.sum())

    @property
    def standard_id(self) -> str:
        """The standard's id."""
        return str(self.standard["standard_id"])

    @property
    def title(self) -> str:
        """The standard in words."""
        return str(self.standard["title"])

    def times(self, when: str) -> Floats:
        """Times ``before`` or ``after``."""
        return self.before if when == "before" else self.after

    def within(self, limit: float, when: str) -> float:
        """Weight reached within a limit.

        F(t) = sum of w_i over places i with m_i <= t

        In words: everybody who is reached in `limit` minutes or less (inclusive).
        Symbols: w_i weight of place i; m_i its minutes (miles); t the limit.
        Source: the distribution of which a standard's cover is one point.
        """
        return float(self.weight[self.times(when) <= limit + ROUNDING].sum())

    def quantile(self, share: float, when: str) -> float:
        """The least time within which `share` of the weight is reached; infinite if it never is."""
        order = np.argsort(self.times(when), kind="stable")
        running = np.cumsum(self.weight[order])
        place = int(np.searchsorted(running, share * self.total * (1 - 1e-12)))
        return float(self.times(when)[order][min(place, len(order) - 1)])


def reached(run: RunFrames) -> tuple[Reached, ...]:
    """Each standard's times, in the order of run.json; none for a run without cells."""
    cells, cover = run.layers["cells"], run.cover
    if not len(cells):
        return ()
    made = (
        _reached(standard, cells, _group(standard, cover)) for standard in run.summary["standards"]
    )
    return tuple(one for one in made if one.total > 0)


def _group(standard: Mapping[str, Any], cover: pd.DataFrame) -> str:
    """Who counts in a standard (``all``, ``rural``, ...): that of its row for the whole."""
    same = cover[(cover["standard_id"] == standard["standard_id"]) & (cover["geography"] == "all")]
    return str(same["group"].iloc[0]) if len(same) else "all"


def _reached(standard: Mapping[str, Any], cells: pd.DataFrame, group: str) -> Reached:
    weight, counted, notes = weights(standard, cells, group)
    unit, name = certainty.threshold_unit(standard), standard["standard_id"]
    inside = {when: cells[f"{name}_in_{when}"].eq(True).to_numpy() for when in WHEN}
    return Reached(
        standard=standard,
        weight=weight,
        before=_times(cells[f"{name}_before_{unit}"]),
        after=_times(cells[f"{name}_after_{unit}"]),
        within_before=float(weight[inside["before"]].sum()),
        within_after=float(weight[inside["after"]].sum()),
        unit=unit,
        counted=counted,
        notes=(*notes, *_other_notes(standard, float(weight.sum()), counted)),
    )


def _times(column: pd.Series) -> Floats:
    values = pd.to_numeric(column, errors="coerce").to_numpy(float)
    return np.where(np.isfinite(values), values, np.inf)


def weights(
    standard: Mapping[str, Any], cells: pd.DataFrame, group: str = "all"
) -> tuple[Floats, str, tuple[str, ...]]:
    """What each place counts in a standard, in words what that is, and notes.

    Where the cells lack the standard's own column, or cannot tell its group apart, people are
    counted instead, and a note says so.
    """
    name = str(standard.get("weight", "population"))
    there = name in cells
    column = pd.to_numeric(cells[name if there else "population"], errors="coerce")
    values = column.fillna(0.0).to_numpy(float)
    own = style.counted_words(name)
    counted = own if there else style.counted_words("population")
    notes = [] if there else [f"Counted in people: the map's areas do not hold {own} one by one."]
    member = _members(cells, group)
    if member is None:
        notes.append(f"Everybody is counted, not only {style.words(group).lower()}.")
    else:
        values = np.where(member, values, 0.0)
    return values, counted, tuple(notes)


def _members(cells: pd.DataFrame, group: str) -> npt.NDArray[np.bool_] | None:
    """Which places a group lives in; None where the cells cannot tell."""
    if group in ("all", "over_65", "under_5", "no_car"):
        return np.ones(len(cells), bool)
    if group in ("urban", "rural") and "rural_urban" in cells:
        return np.asarray(cells["rural_urban"].astype(str) == group)
    if group.startswith("most_deprived_") and "imd_decile" in cells:
        decile = pd.to_numeric(cells["imd_decile"], errors="coerce")
        return np.asarray(decile <= int(group.rsplit("_", 1)[1]))
    return None


def _other_notes(standard: Mapping[str, Any], total: float, counted: str) -> list[str]:
    """How the count differs from the standard's own, where it does."""
    notes = []
    if str(standard.get("availability", "full")) != "full":
        notes.append(
            "Drawn as if every crew were always there; "
            "the standard's own figure weighs crews by the hours they are."
        )
    asked = float(standard["total"])
    same = counted == certainty.unit_words(standard)
    if same and abs(total - asked) > max(1.0, DIFFERS * asked):
        notes.append(
            f"The map's areas hold {style.count(total)} of the {style.count(asked)} "
            f"{counted} that the standard counts."
        )
    return notes


def unit_label(unit: str) -> str:
    """``minutes`` or ``miles``."""
    return style.UNIT_WORDS[unit]


def longest(values: Sequence[Floats]) -> float:
    """The longest time anybody takes who has a route at all; nought for nobody."""
    known = np.concatenate([v[np.isfinite(v)] for v in values])
    return float(known.max()) if len(known) else 0.0
