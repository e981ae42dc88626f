"""Plans held against many futures: what is kept throughout, regret, and the least worst regret."""
