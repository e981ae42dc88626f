"""Tables of a PostgreSQL server: read as layers, written as a plan's results.

The only door to a database. Reading takes one moment of it and can change nothing; writing is
one transaction that replaces only what Groundplan wrote itself. What goes wrong is an `Issue`,
and no password is ever in one.
"""

from __future__ import annotations

from assets.postgis.address import is_url, redacted
from assets.postgis.reading import fingerprint, read_table
from assets.postgis.writing import write_layers

__all__ = ["fingerprint", "is_url", "read_table", "redacted", "write_layers"]
