"""A published file on its way to a layer."""
