"""Every pound of a plan: whose it is, in which year, on which line; and who gains and who loses."""
