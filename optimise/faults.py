"""Why there is no plan to show. Light: the command line knows these before anything else."""

from __future__ import annotations

from assets.issues import Issue


class NoPlanError(RuntimeError):
    """The solver found no plan in the time allowed; that none exists is not shown."""


class ImpossibleError(ValueError):
    """No plan can meet the scenario; says which rule fails and its nearest feasible value."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        super().__init__("\n".join(issue.text() for issue in issues))


class AuditError(RuntimeError):
    """A plan that breaks its own rules: a fault of the program, never shown as a plan."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        super().__init__(
            "the plan failed its audit and is not shown:\n" + "\n".join(i.text() for i in issues)
        )
