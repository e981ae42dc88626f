"""What stands in each place, and what such buildings and services are like in Wessex.

Every figure here is invented for the demonstration county. Costs and values sit within the usual
range of their kind; none is taken from a published asset.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTY, FIRE, POLICE = "Wessex County Council", "Wessex Fire and Rescue", "Wessex Police"
AMBULANCE, NHS = "Wessex Ambulance Trust", "NHS Wessex"
TRUST, OVER_BORDER = "Parish and Hall Trusts", "Havenshire Fire and Rescue"
DISTRICT = "district"  # replaced by the district council of the place


@dataclass(frozen=True)
class Kind:
    """A kind of building: size, yearly cost and value per m², and how it is used."""

    asset_type: str
    label: str
    owner: str
    gia_m2: tuple[float, float, float]  # in places over 18,000 people, over 7,000, and smaller
    cost_m2: float
    value_m2: float
    units: tuple[tuple[str, float], ...]  # service type, share of usable floor
    host: float = 0.0  # chance that spare floor is offered to other services
    near: tuple[float, float] = (0.0, 0.5)  # how far out it stands, as shares of the street list


# fmt: off
KINDS = {
    "FW": Kind("fire_station", "Fire Station", FIRE, (1550, 1350, 1100), 82, 460,
               (("fire", 0.58), ("office", 0.1)), 0.8, (0.10, 0.5)),
    "FD": Kind("fire_station", "Fire Station", FIRE, (980, 900, 820), 78, 450,
               (("fire", 0.6), ("office", 0.1)), 0.8, (0.10, 0.5)),
    "FO": Kind("fire_station", "Fire Station", FIRE, (460, 420, 330), 68, 430,
               (("fire", 0.74),), 0.35, (0.05, 0.45)),
    "FP": Kind("fire_station", "Fire and Police Station", FIRE, (620, 560, 480), 74, 430,
               (("fire", 0.55), ("police", 0.3)), 1.0, (0.05, 0.45)),
    "FA": Kind("fire_station", "Fire and Ambulance Station", FIRE, (620, 560, 480), 74, 430,
               (("fire", 0.5), ("ambulance", 0.3)), 1.0, (0.05, 0.45)),
    "P": Kind("police_station", "Police Station", POLICE, (1700, 780, 300), 98, 620,
              (("police", 0.56), ("office", 0.24)), 0.3, (0.02, 0.35)),
    "A": Kind("ambulance_station", "Ambulance Station", AMBULANCE, (620, 380, 240), 88, 480,
              (("ambulance", 0.82),), 0.0, (0.15, 0.7)),
    "L": Kind("library", "Library", COUNTY, (1250, 560, 230), 96, 720,
              (("library", 0.8),), 0.5, (0.0, 0.2)),
    "l": Kind("library", "Branch Library", COUNTY, (340, 260, 200), 98, 680,
              (("library", 0.9),), 0.15, (0.35, 0.9)),
    "LC": Kind("library", "Library and Children's Centre", COUNTY, (1250, 760, 520), 98, 700,
               (("library", 0.5), ("childrens_centre", 0.38)), 1.0, (0.0, 0.25)),
    "LE": Kind("library", "Library and Learning Centre", COUNTY, (1250, 740, 500), 97, 710,
               (("library", 0.52), ("adult_learning", 0.36)), 1.0, (0.0, 0.2)),
    "C": Kind("childrens_centre", "Children's Centre", COUNTY, (480, 410, 320), 108, 560,
              (("childrens_centre", 0.84),), 0.2, (0.2, 0.85)),
    "R": Kind("register_office", "Register Office", COUNTY, (420, 300, 220), 112, 900,
              (("register_office", 0.86),), 0.0, (0.0, 0.25)),
    "E": Kind("adult_learning", "Adult Learning Centre", COUNTY, (720, 480, 320), 98, 640,
              (("adult_learning", 0.84),), 0.3, (0.05, 0.45)),
    "D": Kind("day_centre", "Day Centre", COUNTY, (760, 620, 420), 92, 520,
              (("day_centre", 0.85),), 0.2, (0.2, 0.8)),
    "O": Kind("office", "County Offices", COUNTY, (1700, 1050, 640), 98, 680,
              (("office", 0.32), ("office", 0.26), ("office", 0.18), ("office", 0.14)),
              0.5, (0.0, 0.35)),
    "V": Kind("office", "Council Offices", DISTRICT, (2400, 1700, 1150), 94, 640,
              (("office", 0.27), ("office", 0.2), ("office", 0.17), ("office", 0.12),
               ("customer_access", 0.08), ("advice", 0.06)), 1.0, (0.0, 0.3)),
    "W": Kind("office", "Council Offices and Registry", DISTRICT, (2200, 1600, 1100), 94, 640,
              (("office", 0.36), ("office", 0.3), ("customer_access", 0.08),
               ("register_office", 0.09)), 1.0, (0.0, 0.3)),
    "T": Kind("town_hall", "Town Hall", DISTRICT, (1500, 980, 620), 92, 700,
              (("customer_access", 0.2), ("office", 0.36), ("office", 0.26)), 1.0, (0.0, 0.1)),
    "Y": Kind("town_hall", "Town Hall and Registry", DISTRICT, (1500, 980, 620), 92, 700,
              (("customer_access", 0.2), ("register_office", 0.24), ("office", 0.38)),
              1.0, (0.0, 0.1)),
    "H": Kind("leisure_centre", "Leisure Centre", DISTRICT, (4200, 3100, 1900), 74, 430,
              (("leisure", 0.92),), 1.0, (0.4, 0.95)),
    "HD": Kind("leisure_centre", "Leisure and Day Centre", DISTRICT, (4600, 3400, 2200), 76, 430,
               (("leisure", 0.82), ("day_centre", 0.11)), 1.0, (0.4, 0.95)),
    "N": Kind("health_centre", "Health Centre", NHS, (1700, 1150, 620), 96, 800,
              (("health", 0.56), ("health", 0.22)), 0.4, (0.1, 0.6)),
    "K": Kind("community_hall", "Community Hall", TRUST, (620, 460, 340), 60, 450,
              (("community", 0.5),), 1.0, (0.05, 0.6)),
    "U": Kind("advice_centre", "Advice Centre", COUNTY, (260, 200, 140), 110, 800,
              (("advice", 0.86),), 0.0, (0.0, 0.15)),
    "X": Kind("office", "House", COUNTY, (2100, 1300, 800), 116, 800,
              (("office", 0.4), ("office", 0.26), ("office", 0.2)), 0.0, (0.0, 0.6)),
    "Z": Kind("other", "Former Depot", COUNTY, (1100, 820, 460), 22, 540, (), 0.0, (0.2, 0.95)),
    "S": Kind("school", "Former School", COUNTY, (1300, 900, 520), 26, 480, (), 0.0, (0.2, 0.8)),
    "JH": Kind("hub", "Living and Learning Hub (conversion)", COUNTY, (2100, 1500, 850), 54, 0,
               (), 1.0, (0.03, 0.3)),
    "JT": Kind("tri_service", "Tri-service Station (site)", FIRE, (1600, 1150, 1080), 50, 0,
               (), 1.0, (0.15, 0.55)),
    "B": Kind("fire_station", "Fire Station", OVER_BORDER, (1500, 1100, 420), 80, 450,
              (("fire", 0.7),), 0.0, (0.05, 0.4)),
}

# Every building of the county, by place. Order is the order in which a smaller county keeps them.
PLACES = {
    "Budmouth": "FW P L C A D Y JH O E V C N X Z U H l C K X",
    "Casterbridge": "FW P L C A R V E D JH O H X N C X T U Z l",
    "Rookington Haven": "FW P L C A R V D E JH N C l H X Z T l K O",
    "Bracken Heath": "FW P L C A W HD E N X l",
    "Warborne": "FD P L C A JH R V D E T Z X U",
    "Port Bredy": "FD P L C A R JH T O D E H K S",
    "Shottsford": "FD P L C A JH R V D E N K Z",
    "Isle of Slingers": "FO P A L C JT D Z K",
    "Emminster": "FO P L C T S K",
    "Anglebury": "FO P L C A JT Y V D E",
    "Sherton": "FO P L C A R T O D U",
    "Shaston": "FO P LE C A Y N Z",
    "Knollsea": "FO P L C A Y Z K",
    "Leddenton": "FO P LE C N O S",
    "Verrow Heath": "FO P LC H",
    "Lychetbury": "FO P LC O",
    "Millcorve": "L C",
    "Westmoor Cross": "L",
    "Stourcastle": "FO P L C A JT",
    "Fleetcombe": "L",
    "Street of Wells": "LC",
    "Overcombe": "L",
    "Cobbmouth": "FA P L",
    "Wellbridge": "FP L C",
    "Stalcross": "L",
    "Kingsbere": "FO P L K",
    "Chalk Newton": "FO L",
    "Crosswater": "L",
    "Weatherbury": "L",
    "Corvsgate": "FO",
    "Chaseborough": "FO",
    "Evershead": "FO",
    "Abbot's Cernel": "FO",
    "Middleton Abbey": "FO",
    "Havenpool": "B",
    "Sandbourne": "B",
    "Ivell": "B",
    "Oozewood": "B",
    "Crewborne": "B",
    "Axwater": "B",
}
# fmt: on
NEIGHBOUR_WHOLETIME = ("Havenpool", "Sandbourne", "Ivell")


@dataclass(frozen=True)
class Service:
    """A kind of service: who runs it, where it may go, and what moving it costs."""

    operator: str
    host_types: str
    move_gbp_m2: float
    cost_gbp_m2: float
    users_m2: float


# fmt: off
SERVICES = {
    "fire": Service(FIRE, "fire_station;tri_service", 320, 900, 0),
    "police": Service(POLICE, "fire_station;hub;office;police_station;town_hall;tri_service",
                      190, 700, 9),
    "ambulance": Service(AMBULANCE, "ambulance_station;fire_station;health_centre;"
                         "police_station;tri_service", 160, 850, 0),
    "library": Service(COUNTY, "adult_learning;community_hall;hub;leisure_centre;library;office;"
                       "school;town_hall", 210, 330, 95),
    "childrens_centre": Service(COUNTY, "adult_learning;childrens_centre;community_hall;"
                                "health_centre;hub;leisure_centre;library;school", 190, 520, 34),
    "register_office": Service(COUNTY, "hub;library;office;register_office;town_hall",
                               220, 480, 16),
    "adult_learning": Service(COUNTY, "adult_learning;childrens_centre;community_hall;hub;"
                              "leisure_centre;library;office;school;town_hall", 150, 420, 14),
    "day_centre": Service(COUNTY, "community_hall;day_centre;health_centre;hub;leisure_centre;"
                          "school", 230, 610, 22),
    "advice": Service("Wessex Advice Bureaux", "advice_centre;community_hall;hub;library;office;"
                      "town_hall", 95, 540, 26),
    "customer_access": Service(DISTRICT, "hub;leisure_centre;library;office;police_station;"
                               "town_hall", 120, 450, 90),
    "office": Service(DISTRICT, "fire_station;hub;office;police_station;town_hall;tri_service",
                      105, 160, 0),
    "health": Service(NHS, "", 400, 900, 60),
    "community": Service(TRUST, "", 300, 60, 30),
    "leisure": Service(DISTRICT, "", 500, 260, 70),
}

# service, service, rule, one-off cost of sharing a building, why
COMPATIBILITY = [
    ("adult_learning", "adult_learning", "forbidden", "", "one centre to a building"),
    ("ambulance", "childrens_centre", "forbidden", "", "blue-light movements and small children"),
    ("ambulance", "day_centre", "forbidden", "", "blue-light movements and frail visitors"),
    ("ambulance", "library", "forbidden", "", "no public rooms in a response yard"),
    ("ambulance", "ambulance", "forbidden", "", "one station to a building"),
    ("advice", "police", "conditional", 15000, "separate entrance so that callers stay anonymous"),
    ("childrens_centre", "childrens_centre", "forbidden", "", "one centre to a building"),
    ("childrens_centre", "day_centre", "conditional", 60000,
     "residents wary of mixing older people and children: own entrance and garden"),
    ("childrens_centre", "fire", "forbidden", "", "appliance bays and small children"),
    ("childrens_centre", "police", "forbidden", "", "custody and interview rooms near children"),
    ("childrens_centre", "register_office", "conditional", 20000, "quiet room for ceremonies"),
    ("customer_access", "customer_access", "forbidden", "", "one counter to a building"),
    ("customer_access", "police", "conditional", 12000, "shared front desk"),
    ("day_centre", "day_centre", "forbidden", "", "one centre to a building"),
    ("day_centre", "fire", "forbidden", "", "appliance bays and frail visitors"),
    ("day_centre", "library", "conditional", 25000, "level access and a quiet lounge"),
    ("day_centre", "police", "forbidden", "", "unsettling for visitors"),
    ("fire", "fire", "forbidden", "", "one station to a building"),
    ("fire", "library", "forbidden", "", "no public rooms beside appliance bays"),
    ("fire", "police", "conditional", 35000, "secure line between yard and offices"),
    ("ambulance", "fire", "conditional", 30000, "shared wash-down and stores"),
    ("ambulance", "police", "conditional", 20000, "drug store kept apart"),
    ("fire", "office", "conditional", 10000, "access control"),
    ("library", "library", "forbidden", "", "one library to a building"),
    ("library", "register_office", "conditional", 18000, "ceremony room with its own door"),
    ("office", "police", "conditional", 15000, "vetting and access control"),
    ("police", "police", "forbidden", "", "one station to a building"),
    ("register_office", "register_office", "forbidden", "", "one office to a building"),
]

TOWN_VALUE = {
    "Budmouth": 0.86, "Isle of Slingers": 0.72, "Street of Wells": 0.7, "Sherton": 1.18,
    "Knollsea": 1.22, "Rookington Haven": 1.32, "Warborne": 1.2, "Bracken Heath": 1.16,
    "Verrow Heath": 1.08, "Casterbridge": 1.08, "Port Bredy": 1.0, "Shaston": 0.94,
    "Leddenton": 0.86, "Shottsford": 0.92, "Anglebury": 1.02, "Cobbmouth": 1.2, "Emminster": 1.0,
    "Overcombe": 1.02, "Millcorve": 1.06, "Lychetbury": 0.98, "Westmoor Cross": 1.1,
}
OFFICE_NAMES = [
    "Henchard", "Farfrae", "Oak", "Clare", "Venn", "Loveday", "Melbury", "Winterborne", "Boldwood",
    "Everdene", "Yeobright", "Newson", "Templeman", "Dewy", "Springrove", "Knight", "Swancourt",
    "Fitzpiers", "Petherwin", "Julian", "Somerset", "Power",
]
# place, kind, which one of them -> column values that differ
LOCKS = {
    ("Casterbridge", "T", 1): ("retain", "Listed grade I; trustees' covenant to civic use",
                               "listed"),
    ("Sherton", "T", 1): ("retain", "Listed grade II*; not suited to other use", "listed"),
    ("Knollsea", "T", 1): ("retain", "Town council holds a reversion to public use", "listed"),
    ("Rookington Haven", "P", 1): ("retain", "Custody suite for the east of the county", ""),
    ("Casterbridge", "P", 1): ("retain", "Force control room and custody suite", ""),
    ("Casterbridge", "FW", 1): ("retain", "Service headquarters and control room", ""),
    ("Isle of Slingers", "FO", 1): ("no_host", "No yard: the bays open on to the street", ""),
    ("Isle of Slingers", "P", 1): ("no_host", "Cells below, stairs above: no room to share", ""),
    ("Emminster", "L", 1): ("free", "", "acv"),
    ("Port Bredy", "C", 1): ("free", "", "clawback"),
    ("Street of Wells", "LC", 1): ("free", "", "clawback"),
    ("Casterbridge", "Z", 1): ("close", "Declared surplus by cabinet", ""),
    ("Budmouth", "Z", 1): ("close", "Declared surplus by cabinet", "contaminated"),
    ("Warborne", "E", 1): ("no_host", "No lift; upper floors cannot be reached", ""),
    ("Fleetcombe", "L", 1): ("no_host", "Floor loading will not bear more", "conservation_area"),
}
# fmt: on
