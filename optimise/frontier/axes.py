"""Names of a frontier's axes: any measure, or the plain word that a member would use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assets.issues import InputError, Issue, nearest
from coverage.standards import Standard
from optimise.aims import indicator_of, known_key
from optimise.goals import MEASURES, OF, Indicator, told_step

#: Plain words for measures of the whole plan.
WORDS: Mapping[str, str] = {
    "receipts": "receipts_gbp",
    "savings": "revenue_saving_gbp_pa",
    "running_costs": "net_revenue_cost_gbp_pa",
    "capital": "capital_gbp",
    "npv": "npv_gbp",
    "carbon": "carbon_tco2e_pa",
    "buildings": "buildings_open",
    "floor_area": "floor_area_m2",
    "backlog": "backlog_gbp",
    "repairs": "backlog_gbp",
}
#: What follows a standard or a service type where people within its time are meant.
COVER = "_cover"
PEOPLE_WITHIN = "people_within"


@dataclass(frozen=True)
class Axis:
    """One figure of a frontier.

    Attributes:
        indicator: the measure, and the standard it is taken of.
        written: as it was asked for.
        total: weight of all who count, where it is told as a share of them; 0 where it is not.
        note: what was chosen where the word could mean several; "" where it could not.
    """

    indicator: Indicator
    written: str
    total: float = 0.0
    note: str = ""

    @property
    def key(self) -> str:
        """``receipts_gbp`` or ``people_within.fire_10``."""
        return self.indicator.key

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        return 1 if self.indicator.measure.more_is_better else -1

    @property
    def name(self) -> str:
        """What it is, as a heading."""
        words = self.indicator.words
        return words[:1].upper() + words[1:]

    @property
    def unit(self) -> str:
        """Unit that its figures are shown in: ``share`` of people, or the measure's own."""
        return "share" if self.total else self.indicator.unit.key

    @property
    def tolerance(self) -> float:
        """Difference that is rounding, in the measure's unit."""
        return self.indicator.unit.tolerance

    def shown(self, value: float) -> float:
        """A figure in the unit it is shown in."""
        return value / self.total if self.total else value

    def figure(self, asked: float) -> float:
        """A figure of the measure from one that a user wrote: 0.8 of the people, £9e6."""
        return asked * self.total if self.total and 0 <= asked <= 1 else asked

    def told_floor(self, floor: float) -> float:
        """The nearest floor that words tell exactly and that asks no more of any plan.

        "At most 47 buildings" is not to be said where 46.67 was asked.

        Args:
            floor: in the measure's unit, counted so that more is better.
        """
        if self.indicator.unit.whole:
            return float(math.ceil(floor - 1e-9))
        if self.total:
            step = self.total / 1e4
        elif self.unit.startswith("gbp"):
            step = told_step(floor)
        else:
            return floor
        return math.floor(floor / step + 1e-9) * step

    def told(self, value: float) -> str:
        """A figure in words."""
        if self.total:
            return f"{100 * value / self.total:.2f}%"
        return self.indicator.unit.told(value)


def axis_named(text: str, standards: Mapping[str, Standard]) -> Axis:
    """The axis that a word means.

    Raises:
        InputError: nothing is called so (the nearest is named), or several standards might be
            meant (all are named).
    """
    word = text.strip()
    if word in WORDS:
        return Axis(indicator_of(WORDS[word], standards), text)
    if word in standards or word.endswith(COVER):
        key, note = _cover(word, standards)
        return Axis(indicator_of(key, standards), text, note=note)
    try:
        key = known_key(word)
    except ValueError as error:
        raise _unknown(word, standards, str(error)) from None
    standard_id = key.partition(OF)[2]
    if standard_id and standard_id not in standards:
        raise _unknown(word, standards, f"the scenario has no standard '{standard_id}'")
    return Axis(indicator_of(key, standards), text)


def _cover(word: str, standards: Mapping[str, Standard]) -> tuple[str, str]:
    """Key of the people within the time of the standard that a word means, and what was chosen."""
    for name in (word, word.removesuffix(COVER)):
        if name in standards:
            return PEOPLE_WITHIN + OF + name, ""
    kind = word.removesuffix(COVER)
    named = [sid for sid, s in standards.items() if s.service_type == kind]
    hard = [sid for sid in named if standards[sid].kind == "hard"]
    if len(named) == 1:
        return PEOPLE_WITHIN + OF + named[0], ""
    if len(hard) == 1:
        others = ", ".join(sid for sid in named if sid not in hard)
        label = standards[hard[0]].label
        note = (
            f"'{word}' is taken as {hard[0]} ({label}), the one that plans must keep; not {others}"
        )
        return PEOPLE_WITHIN + OF + hard[0], note
    if named:
        raise InputError(
            Issue(
                "frontier.which_standard",
                f"'{word}' might mean several standards of {kind}",
                tuple(named),
                f"write one of them, such as {named[0]}{COVER}",
            )
        )
    raise _unknown(word, standards, f"no standard or service is called '{kind}'")


def _unknown(word: str, standards: Mapping[str, Standard], why: str) -> InputError:
    kinds = dict.fromkeys(s.service_type + COVER for s in standards.values())
    plain = [name for name, m in MEASURES.items() if not m.of_standard]
    taken = [n + OF + sid for n, m in MEASURES.items() if m.of_standard for sid in standards]
    known = [*WORDS, *kinds, *(sid + COVER for sid in standards), *plain]
    remedy = nearest(word, [*known, *taken])
    if remedy.startswith("known:"):
        remedy = f"known: {', '.join(known)}"
    return InputError(Issue("frontier.unknown_axis", why, (word,), remedy))
