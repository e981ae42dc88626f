"""What isochrones are made of: minutes along every road, the land nearest to it, files."""
