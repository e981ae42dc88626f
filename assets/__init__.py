"""What there is: the layers of a public estate, read, checked and built into an `Estate`."""
