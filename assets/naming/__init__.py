"""What a source calls its columns -> what the planner calls them."""
