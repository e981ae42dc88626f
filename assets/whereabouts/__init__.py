"""Where places are: postcodes, and places that cannot be where they are said to be."""
