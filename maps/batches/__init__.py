"""The page of a batch: many scenarios at once, what they share and where they part."""
