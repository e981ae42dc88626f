"""Trade-off curves: what more of one figure costs in another, each point a certified plan."""
