"""Cells and rows repaired where the file itself proves what was meant."""
