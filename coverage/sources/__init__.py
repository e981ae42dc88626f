"""Where roads are read from: one module per kind of source."""
