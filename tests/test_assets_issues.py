"""How issues read: rule, message, first ten ids and the count, remedy."""

from __future__ import annotations

from assets.issues import InputError, Issue, nearest


def test_text_names_layer_rule_ids_count_and_remedy():
    ids = tuple(f"B{n}" for n in range(12))
    text = Issue("buildings.blank_cell", "owner is blank", ids, "fill it in", "buildings").text()
    assert text.splitlines() == [
        "buildings: [buildings.blank_cell] owner is blank",
        "  ids (12): B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 and 2 more",
        "  remedy: fill it in",
    ]


def test_text_without_ids_or_remedy_is_one_line():
    assert Issue("a.b", "odd").text() == "[a.b] odd"


def test_input_error_carries_one_or_many_issues_and_says_them_all():
    one, two = Issue("a.b", "first"), Issue("c.d", "second")
    assert InputError(one).issues == (one,)
    error = InputError(issue for issue in (one, two))
    assert error.issues == (one, two)
    assert "first" in str(error) and "second" in str(error)
    assert isinstance(error, ValueError)


def test_nearest_suggests_or_lists():
    assert nearest("freehld", ["leasehold", "freehold"]) == "did you mean 'freehold'?"
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
