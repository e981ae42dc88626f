"""What to do: the integer program, its proof and its audit."""
