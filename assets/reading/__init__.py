"""How `assets.read` reads: delimited text, workbooks, geographic files, one module each."""
