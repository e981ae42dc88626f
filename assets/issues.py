"""What is wrong with an input, in words an estates officer can act on.

Every check anywhere in Groundplan yields `Issue`s; whoever collects them raises
one `InputError` that carries them all, so that a user sees every fault at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

IDS_SHOWN = 10


@dataclass(frozen=True)
class Issue:
    """One rule broken, by which ids, and what to do about it.

    Attributes:
        rule: short stable code, e.g. ``buildings.duplicate_id``.
        message: one sentence saying what is wrong.
        ids: every id (or key, column, path) concerned.
        remedy: one sentence saying how to put it right.
        layer: layer or file concerned, if any.
        severity: ``error`` stops a plan, ``warning`` does not.
    """

    rule: str
    message: str
    ids: tuple[str, ...] = ()
    remedy: str = ""
    layer: str = ""
    severity: str = "error"

    def __deepcopy__(self, memo: dict[int, object]) -> Issue:
        """Itself: nothing in it can change, and pandas copies a frame's issues at every step."""
        return self

    def text(self) -> str:
        """The issue on a line or three: rule and message, first ten ids and count, remedy."""
        head = f"[{self.rule}] {self.message}"
        lines = [f"{self.layer}: {head}" if self.layer else head]
        if self.ids:
            shown = ", ".join(self.ids[:IDS_SHOWN])
            more = len(self.ids) - IDS_SHOWN
            lines.append(
                f"  ids ({len(self.ids)}): {shown}" + (f" and {more} more" if more > 0 else "")
            )
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class InputError(ValueError):
    """Input that cannot be used; carries every issue found, not only the first."""

    def __init__(self, issues: Issue | Iterable[Issue]) -> None:
        self.issues = (issues,) if isinstance(issues, Issue) else tuple(issues)
        super().__init__("\n".join(issue.text() for issue in self.issues))


def nearest(word: str, options: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the closest option, or the list of options when none is close."""
    known = sorted(options)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
