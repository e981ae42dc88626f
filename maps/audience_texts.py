"""What a public page may not name, and texts without it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from maps import style

NOT_NAMED = "a building not named here"
SUM_LEFT_OUT = "What names a sum of money is left out here."
#: A sum of money in a sentence.
MONEY = re.compile(
    r"[£€$]|\b(?:gbp|pounds?|sterling)\b|\d\s*(?:million|thousand|bn)\b|\d[km]\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
#: What owners wrote into the register or the scenario for themselves, as reasons carry it.
OWN_WORDS = (
    (re.compile(r"^(Locked \([a-z ]+\)): .*$", re.DOTALL), r"\1 by its owner or the scenario."),
    (re.compile(r"Locked to close: .*$", re.DOTALL), "Locked to close."),
    (re.compile(r"\(decided already: .*\)", re.DOTALL), "(decided already)"),
)


@dataclass(frozen=True)
class Secrets:
    """What is confidential in a run.

    Attributes:
        buildings: ids.
        names: of those buildings, but for names that stand for something else as well.
        units: ids of the units that were and stay in such buildings.
        renamed: unit ids that would give an id away -> what they are called instead.
    """

    buildings: frozenset[str]
    names: tuple[str, ...]
    units: frozenset[str]
    renamed: Mapping[str, str]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Names in any case and spacing, and ids that could be nothing else, as whole words."""
        spaced = [r"\s+".join(map(re.escape, name.split())) for name in self.names]
        ids = [re.escape(i) for i in (*self.buildings, *self.units, *self.renamed) if telling(i)]
        told = sorted({*spaced, *ids}, key=lambda text: (-len(text), text))
        if not told:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)", re.IGNORECASE)

    def unnamed(self, text: str) -> str:
        """The text with every confidential name and id replaced."""
        if self._pattern is None:
            return text
        told = self._pattern.sub(NOT_NAMED, text)
        return told[:1].upper() + told[1:] if text[:1].isupper() else told

    def clean(self, text: str) -> str:
        """The text without sums of money (their sentences go) and without confidential names."""
        sentences = [s for s in SENTENCE.split(text) if s]
        kept = [s for s in sentences if not MONEY.search(s)]
        told = " ".join(kept if len(kept) == len(sentences) else [*kept, SUM_LEFT_OUT])
        return self.unnamed(told)

    def reason(self, text: str) -> str:
        """A building's reason: clean, and without what its owner wrote for the register."""
        for pattern, instead in OWN_WORDS:
            text = pattern.sub(instead, text)
        return self.clean(text)

    def names_any(self, text: str) -> bool:
        """Whether a confidential building is named."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def deep(self, value: Any) -> Any:
        """Plain JSON with every text in it unnamed, keys too."""
        if isinstance(value, str):
            return self.unnamed(value)
        if isinstance(value, Mapping):
            return {self.unnamed(str(key)): self.deep(each) for key, each in value.items()}
        return [self.deep(each) for each in value] if isinstance(value, list | tuple) else value


def telling(identifier: str) -> bool:
    """Whether an id is long or odd enough to be known for one in the middle of a sentence."""
    return len(identifier) > 3 or (identifier[:1].isalpha() and any(map(str.isdigit, identifier)))


def secrets_of(
    decisions: pd.DataFrame, services: pd.DataFrame, other_names: Iterable[str]
) -> Secrets:
    """What is confidential.

    Args:
        decisions: decisions.csv.
        services: services.csv.
        other_names: names of areas and places, which buildings may be called after.
    """
    hidden = decisions["confidential"].to_numpy(bool)
    buildings = frozenset(map(str, decisions.loc[hidden, "asset_id"]))
    common = [*decisions.loc[~hidden, "name"], *decisions["owner"], *services["operator"]]
    common += [style.asset_words(kind) for kind in decisions["asset_type"]]
    common += [style.service_words(kind) for kind in services["service_type"]]
    known = {" ".join(str(text).split()).casefold() for text in (*common, *other_names)}
    names = {" ".join(str(name).split()) for name in decisions.loc[hidden, "name"]}
    whole = wholly_within(services, buildings)
    left = sorted(set(services["unit_id"]) - whole)
    giving = [u for u in left if any(telling(i) and i in u for i in (*buildings, *whole))]
    return Secrets(
        buildings,
        tuple(sorted(name for name in names if name and name.casefold() not in known)),
        whole,
        {unit: f"unit-{number}" for number, unit in enumerate(giving, start=1)},
    )


def wholly_within(services: pd.DataFrame, buildings: frozenset[str]) -> frozenset[str]:
    """Units that no open building holds, before or after."""
    here, there = services["from_asset_id"], services["to_asset_id"]
    nowhere = {"", *buildings}
    gone = here.isin(nowhere) & there.isin(nowhere)
    return frozenset(map(str, services.loc[gone, "unit_id"]))
