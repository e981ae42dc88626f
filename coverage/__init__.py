"""Who is reached, and how fast: roads, speeds, snapping and travel times."""
