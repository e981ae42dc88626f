"""Towns of the county of Dorset as it was in 2016, at about their true places (km, National Grid).

Bournemouth and Poole, councils of their own then, are left out. People are rounded from what is
generally known of the towns; nothing is taken from a census file.
"""

from __future__ import annotations

from county import Town

WEST, NORTH, PURBECK, EAST = "West Dorset", "North Dorset", "Purbeck", "East Dorset"
WEYMOUTH, CHRISTCHURCH = "Weymouth and Portland", "Christchurch"

#: name, km east, km north, people, district, decile of deprivation (1 most deprived)
PLACES = (
    ("Dorchester", 369.0, 90.7, 19_000, WEST, 6),
    ("Bridport", 346.5, 92.9, 13_700, WEST, 5),
    ("Lyme Regis", 334.1, 92.2, 3_600, WEST, 6),
    ("Beaminster", 347.9, 101.3, 3_100, WEST, 7),
    ("Sherborne", 363.8, 116.6, 9_600, WEST, 7),
    ("Maiden Newton", 359.7, 97.6, 1_100, WEST, 7),
    ("Weymouth", 367.9, 79.2, 52_000, WEYMOUTH, 3),
    ("Portland", 368.8, 72.5, 12_800, WEYMOUTH, 3),
    ("Gillingham", 380.6, 126.5, 11_700, NORTH, 6),
    ("Shaftesbury", 386.2, 123.0, 7_300, NORTH, 6),
    ("Sturminster Newton", 378.6, 114.0, 4_300, NORTH, 7),
    ("Blandford", 388.5, 106.3, 13_500, NORTH, 6),
    ("Wareham", 392.3, 87.5, 8_200, PURBECK, 7),
    ("Wool", 384.5, 86.5, 5_200, PURBECK, 7),
    ("Corfe Castle", 396.2, 81.9, 1_400, PURBECK, 8),
    ("Swanage", 402.9, 78.9, 9_600, PURBECK, 6),
    ("Upton", 397.8, 93.0, 8_000, PURBECK, 6),
    ("Wimborne", 401.0, 100.0, 14_000, EAST, 8),
    ("Ferndown", 407.5, 100.6, 25_200, EAST, 7),
    ("Verwood", 408.7, 108.9, 14_800, EAST, 8),
    ("Christchurch", 415.9, 92.8, 48_000, CHRISTCHURCH, 6),
)


def towns(pilots: tuple[str, ...] = ()) -> tuple[Town, ...]:
    """The towns, each a market area of its own where a pilot area, else its district's."""
    return tuple(
        Town(name, east, north, people, market=name if name in pilots else district,
             pilot=name if name in pilots else "", district=district, deprivation=decile)
        for name, east, north, people, district, decile in PLACES
    )  # fmt: skip
