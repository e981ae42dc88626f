"""Travel-time matrices in files: headings, rows, ids, units, and what a file says of itself."""
