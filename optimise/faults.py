"""Why there is no plan to show. Light: the command line knows these before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.issues import Issue
from optimise.refusal.record import Refusal


class NoPlanError(RuntimeError):
    """The solver found no plan in the time allowed; that none exists is not shown.

    Attributes:
        refusal: the plan nearest to one that was found, if any (`Refusal.joint`).
    """

    def __init__(self, message: str, refusal: Refusal | None = None) -> None:
        self.refusal = refusal
        super().__init__(message)


class ImpossibleError(ValueError):
    """No plan can meet the scenario.

    Attributes:
        issues: rules that fail on the face of it, each with its remedy.
        refusal: the named rules that clash, and the ways out; None where nobody looked.
    """

    def __init__(self, issues: tuple[Issue, ...], refusal: Refusal | None = None) -> None:
        self.issues = issues
        self.refusal = refusal
        said = [issue.text() for issue in issues]
        super().__init__("\n".join(said + ([refusal.text()] if refusal else [])))

    def record(self) -> Mapping[str, Any]:
        """The refusal as plain values, for JSON: issues, and what clashes."""
        issues = [
            {"rule": i.rule, "message": i.message, "ids": list(i.ids), "remedy": i.remedy}
            for i in self.issues
        ]
        return {"issues": issues, "clash": self.refusal.record() if self.refusal else None}


class AuditError(RuntimeError):
    """A plan that breaks its own rules: a fault of the program, never shown as a plan."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        super().__init__(
            "the plan failed its audit and is not shown:\n" + "\n".join(i.text() for i in issues)
        )
