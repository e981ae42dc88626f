"""Charts of a run as inline SVG, each with its text alternative and its numbers. Pure."""
