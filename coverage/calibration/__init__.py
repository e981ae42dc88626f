"""Fitting speeds to observed runs: reading them, tracing their paths, the fit, its error."""
