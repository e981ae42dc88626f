"""The fast proof: plans of whole neighbourhoods as columns, a master that joins them.

Where units may only move within reach of their homes, a county falls apart
into *neighbourhoods*: groups of buildings and units that share no move with
any other. Only standards, counts and money join them. Each neighbourhood is
small enough to be solved exactly, so the linear master over complete local
plans (Dantzig–Wolfe) has a far better bound than the compact model, and its
columns make good plans. The compact model of record stays the model that is
solved; this package gives it a start and a bound.
"""
