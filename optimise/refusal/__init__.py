"""Why no plan exists: the named rules that clash, and the ways out, in words.

`opened` compiles the scenario with every rule loosenable: a slack on what has
a figure, a switch on what is locked. `oracle` asks whether some of the rules
can hold together, `clash` finds the fewest that cannot, `ways_out` what each
would have to give, and `explain` tells it within a time.
"""
