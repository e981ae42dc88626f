"""What a refusal says, without a solver in sight: light enough for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Names shown of a list; the count is told as well, and the record holds them all.
SHOWN = 10


@dataclass(frozen=True)
class Clashing:
    """One rule of the clash.

    Attributes:
        key: where it stands: the scenario's dotted key, or the layer's column and id.
        words: what it asks.
    """

    key: str
    words: str


@dataclass(frozen=True)
class WayOut:
    """What one rule would have to give for a plan to exist, every other rule standing.

    Attributes:
        key: the rule's.
        words: the change, ``£24,000,000 → £22,600,000``.
        enough: a plan was found with it, or it was shown to be enough.
        least: nothing less is enough (but for the rounding of the figure).
        note: what the clock left open; "" if nothing.
        value: what the key would be set to; None where the change is no figure.
    """

    key: str
    words: str
    enough: bool
    least: bool
    note: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Refusal:
    """Why there is no plan, and what would make one.

    Attributes:
        rules: the scenario's rules that clash; empty when the layers alone do.
        behind: figures of the layers without which they would not (room, who may share).
        ways: what each of them would have to give on its own.
        joint: what to give together where nothing alone is enough.
        needed: every rule of the clash is needed for it (shown, each in turn).
        fewest: no smaller set of rules clashes (shown).
        proof: ``linear`` (even shares of buildings would not do), ``whole`` (shown by search),
            or ``none`` (the clock decided: what follows is the nearest plan found).
        seconds: what it took.
        possible: with proof ``none``: a plan that keeps every rule was found while looking.
    """

    rules: tuple[Clashing, ...]
    behind: tuple[Clashing, ...] = ()
    ways: tuple[WayOut, ...] = ()
    joint: tuple[WayOut, ...] = ()
    needed: bool = True
    fewest: bool = False
    proof: str = "whole"
    seconds: float = 0.0
    possible: bool = False

    @property
    def headline(self) -> str:
        """What clashes, in a sentence that claims no more than was shown."""
        count = len(self.rules)
        if self.possible:
            return "A plan that keeps every rule does exist: it was found while looking for why."
        if self.proof == "none":
            return "Which rules clash, if any do, could not be shown in the time allowed."
        if not count and not self.needed:
            return "No plan exists; which rules clash could not be narrowed down in the time."
        if not count:
            return "The layers leave no plan, whatever the scenario asks."
        if count == 1:
            return "One rule cannot be kept, whatever becomes of the others."
        if self.fewest:
            return f"{count} rules clash; no smaller set does."
        if self.needed:
            return f"{count} rules clash; any {count - 1} of them can be kept together."
        return (
            f"{count} rules clash; time ran out before it was shown that all of them "
            f"are needed for the clash."
        )

    def record(self) -> Mapping[str, Any]:
        """The refusal as plain values, for JSON."""
        return {
            "headline": self.headline,
            "rules": [vars(r) for r in self.rules],
            "behind": [vars(r) for r in self.behind],
            "ways_out": [vars(w) for w in self.ways],
            "ways_out_together": [vars(w) for w in self.joint],
            "every_rule_needed": self.needed,
            "fewest_rules": self.fewest,
            "proof": self.proof,
            "possible": self.possible,
            "seconds": round(self.seconds, 2),
        }

    def text(self) -> str:
        """What clashes, what is behind it, then the ways out, one per line."""
        lines = [self.headline, *_listed(self.rules, "•")]
        if self.behind:
            lines += ["It comes from these figures of the layers:", *_listed(self.behind, "·")]
        alone = [w for w in self.ways if w.enough]
        if alone:
            lines.append("Each of these alone would make a plan possible:")
            lines += [f"  → {_way(w)}" for w in alone]
        if self.joint:
            lines.append(
                "The nearest plan found needs these to give way:"
                if not self.rules and not self.needed
                else "No change to one of them alone was enough; these together would be:"
            )
            lines += [f"  + {_way(w)}" for w in self.joint[:SHOWN]]
            if len(self.joint) > SHOWN:
                lines.append(f"  + and {len(self.joint) - SHOWN} more ({len(self.joint)} in all)")
            if not all(w.least for w in self.joint):
                lines.append("  (less may be enough: the clock decided)")
        rest = [w for w in self.ways if not w.enough]
        if rest:
            lines.append("Not enough alone:")
            lines += [f"  – {_way(w)}" for w in rest]
        return "\n".join(lines)


def _listed(rules: tuple[Clashing, ...], mark: str) -> list[str]:
    return [f"  {mark} {rule.words}  [{rule.key}]" for rule in rules]


def _way(way: WayOut) -> str:
    return f"{way.key}: {way.words}" + (f" ({way.note})" if way.note else "")


def some(ids: tuple[str, ...] | list[str]) -> str:
    """The ids, or the first ten of them and how many there are."""
    if len(ids) <= SHOWN:
        return ", ".join(ids)
    return f"{', '.join(ids[:SHOWN])} and {len(ids) - SHOWN} more ({len(ids)} in all)"
