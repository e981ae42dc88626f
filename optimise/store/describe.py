"""The tables of the store as docs/store.md lists them. Pure."""

from __future__ import annotations

from optimise.store.schema import COUNTS, TABLES, StoreTable

_KINDS = {"text": "text", "word": "text", "asset": "text", "integer": "whole number",
          "real": "number", "flag": "0 or 1"}  # fmt: skip


def tables_markdown() -> str:
    """A section for each table and view, with all of its columns."""
    return "\n".join(_section(table) for table in (*TABLES, COUNTS))


def _section(table: StoreTable) -> str:
    lines = [f"### {table.name}", "", f"A row is {table.meaning}.", "",
             "| column | holds | meaning |", "|---|---|---|"]  # fmt: skip
    for column in table.columns:
        varies = " (left out of `contents`)" if column.varies else ""
        lines.append(f"| `{column.name}` | {_KINDS[column.kind]} | {column.meaning}{varies} |")
    return "\n".join([*lines, ""])
