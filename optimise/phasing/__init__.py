"""When: the periods of a plan, what may be done in each, and the program that decides it."""
