"""Two vintages of one register, matched row by row."""
