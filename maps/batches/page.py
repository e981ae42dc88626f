"""`batch.html`: the scenarios of a batch in one file that needs no network.

Choices at its head narrow table, drawing and map together: what is always so, and what depends.
"""

from __future__ import annotations

from pathlib import Path

from maps.batches import drawn, tables
from maps.batches.measures import asked, figures
from maps.batches.runs import BatchRuns, read_batch
from maps.figure import inlined, leaflet_script, leaflet_style
from maps.inline import static_text, template, write_whole
from maps.tables.table import Table, cells

SCRIPTS = ("kit.js", "county.js", "batch.js", "batch_scatter.js", "batch_map.js", "document.js")
STYLES = ("plan.css", "document.css", "compare_runs.css", "batch.css")
PAGE = "batch.html"


def write_batch_page(folder: Path) -> Path:
    """Write ``batch.html`` into a batch's folder, whole or not at all.

    Raises:
        InputError: it is no batch's folder, or the page cannot be written.
    """
    return write_whole(folder / PAGE, batch_page(read_batch(folder)))


def batch_page(batch: BatchRuns) -> str:
    """The whole page as text; the same batch always gives the same bytes."""
    told, keys = figures(batch), asked(batch)
    listed, counts = tables.buildings(batch)
    after: list[Table | None] = [tables.ranges(batch, told), listed, tables.regret(batch),
                                 tables.without_plan(batch)]  # fmt: skip
    data = drawn.page_data(batch, told, keys, counts)
    context = {
        "title": str(batch.record.get("title") or batch.record["name"]),
        "count": len(batch.runs),
        "headline": tables.headline(batch, counts),
        "scenarios": tables.scenarios(batch, told, keys),
        "tables": [table for table in after if table is not None and (table.rows or table.empty)],
    }
    scripts = [leaflet_script(), *map(static_text, SCRIPTS)]
    styles = [leaflet_style(), *map(static_text, STYLES)]
    page = template("batch.html", {"cells": cells})
    return page.render(**context, **inlined(scripts, styles, data=data))
