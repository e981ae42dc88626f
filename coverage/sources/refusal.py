"""The one shape of an error about roads."""

from __future__ import annotations

from assets.issues import InputError, Issue


def refused(rule: str, message: str, remedy: str = "") -> InputError:
    """An error about a source of roads."""
    return InputError(Issue(rule, message, remedy=remedy or "fetch the file again", layer="roads"))
