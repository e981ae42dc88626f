"""What one solve leaves for the next: a plan, prices and pieces of plans, all by name.

Nothing here can make a wrong answer: values are a place to begin a search from, and a bound taken
at any prices of the right signs is valid. What does not fit another program is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Size of a number beyond which it is not believed.
BELIEVED = 1e12


@dataclass(frozen=True)
class Warm:
    """What a solve knows that another of nearly the same program can begin from.

    Attributes:
        values: of each variable in the best plan, by its name in the model of record.
        prices: of rows that join the county (`optimise.configurations.blocks.JOINING_ROWS`), by
            name, what a unit of each is worth in the aim, in the solver's units; empty where the
            program was never taken to pieces.
        pieces: further values of variables, worth trying in part: local plans of neighbourhoods
            side by side, the likeliest at those prices first; what is not named is nil.
        aim: key of the goal that the prices are of.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    pieces: tuple[Mapping[str, float], ...] = ()
    aim: str = ""

    def believed(self) -> Warm:
        """Without numbers that no solve leaves: infinite, huge, or none at all."""
        return Warm(
            _believed(self.values),
            _believed(self.prices),
            tuple(map(_believed, self.pieces)),
            self.aim,
        )


def _believed(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if abs(value) < BELIEVED}


#: Nothing is known.
COLD = Warm()
