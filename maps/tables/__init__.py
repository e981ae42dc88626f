"""What a plan's page tells in tables: each module makes one or a few `Table`s from a run. Pure."""
