"""Pure arithmetic of money: no layers, no program. `optimise.finance` is its public face."""
