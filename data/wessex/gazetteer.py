"""The hand-drawn part of Wessex: its outline, coast, settlements and main roads.

All coordinates are kilometres on the British National Grid (EPSG:27700). The shape is that of
the county of Dorset, drawn by eye; the names are Thomas Hardy's where he gave one and invented in
his manner where he did not. Populations are invented and are rescaled by the generator.
"""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = 430_000
DEMAND_POINTS = 770
COUNTRYSIDE_SHARE = 0.115  # share of people living outside every named town and village

# fmt: off
# The coast from the western border to the haven mouth, then the shore of the haven.
COAST = [
    (332.8, 90.9), (333.6, 91.4), (334.2, 91.8), (335.1, 92.8), (336.6, 93.0), (338.6, 92.4),
    (340.7, 91.8), (342.0, 91.6), (343.4, 91.2), (344.7, 90.9), (346.3, 90.3), (348.6, 89.1),
    (350.3, 88.0), (353.0, 86.4), (356.0, 84.5), (358.3, 82.7), (360.5, 80.9), (362.1, 79.2),
    (363.6, 77.7), (365.2, 76.4), (366.6, 75.35), (367.5, 74.3), (368.1, 73.4), (368.0, 72.5),
    (367.8, 71.0), (367.9, 69.5), (367.75, 68.4), (368.3, 68.5), (369.2, 69.4), (369.8, 70.4),
    (370.3, 71.5), (370.7, 72.4), (370.6, 73.3), (370.0, 74.2), (369.2, 74.5), (368.6, 74.35),
    (368.0, 74.75), (367.4, 75.5), (367.15, 76.2), (367.5, 76.8), (368.0, 77.5), (368.4, 78.1),
    (368.8, 78.65), (368.35, 79.0), (368.2, 79.8), (368.5, 80.7), (369.5, 81.4), (370.5, 81.95),
    (371.3, 81.7), (373.5, 81.65), (375.1, 81.25), (377.2, 80.7), (378.9, 80.6), (380.5, 80.25),
    (381.7, 80.2), (382.2, 80.0), (382.45, 80.45), (382.8, 80.0), (384.4, 79.7), (385.2, 80.2),
    (386.3, 80.1), (386.9, 79.5), (388.3, 79.3), (390.0, 79.0), (390.9, 79.2), (391.6, 78.2),
    (393.0, 77.5), (394.6, 76.9), (396.1, 75.5), (397.6, 76.0), (399.8, 76.8), (401.8, 76.9),
    (403.5, 77.2), (404.0, 78.5), (403.2, 78.9), (403.2, 80.2), (404.6, 81.3), (405.3, 82.3),
    (404.2, 82.6), (403.6, 83.7), (403.6, 85.2), (403.7, 86.5),
]
HAVEN_SHORE = [
    (402.9, 86.2), (402.2, 85.1), (401.6, 86.0), (400.8, 85.0), (399.4, 85.1), (399.3, 86.3),
    (397.8, 86.0), (397.4, 87.4), (398.2, 88.5), (396.6, 89.0), (394.9, 88.3), (394.6, 89.1),
    (396.0, 90.0), (397.4, 90.8), (397.0, 91.6), (397.9, 92.4),
]
# The shore beyond the border: Havenpool, Sandbourne and east to the far edge of the roads.
OUTER_SHORE = [
    (398.4, 91.2), (399.0, 90.2), (400.3, 90.2), (401.3, 89.9), (402.6, 90.1), (403.5, 89.2),
    (404.0, 88.0), (404.2, 87.2), (404.9, 87.5), (406.5, 89.4), (408.9, 90.5), (411.2, 91.0),
    (414.0, 90.9), (416.5, 90.5), (417.6, 90.4), (418.2, 91.2),
]
EAST_COAST = [(418.4, 91.55), (419.4, 92.6), (421.0, 92.75), (421.8, 93.0)]
# Landward border: first round the conurbation, then the east, north and west.
BORDER_HAVEN = [
    (398.2, 93.5), (398.7, 94.7), (399.3, 95.8), (400.1, 97.1), (400.9, 98.6), (402.3, 98.9),
    (403.7, 98.3), (405.6, 97.2), (407.4, 96.4), (409.5, 96.1), (411.2, 96.4), (412.2, 95.3),
    (413.4, 93.8), (414.6, 92.9), (415.7, 91.9), (417.1, 91.5),
]
BORDER_LAND = [
    (421.6, 94.4), (420.3, 95.3), (418.7, 96.1), (417.3, 97.6), (415.9, 99.3), (414.6, 101.3),
    (413.2, 103.1), (412.1, 105.2), (411.4, 107.4), (411.0, 109.6), (411.5, 111.2), (413.3, 112.0),
    (413.5, 113.7), (411.0, 114.9), (408.6, 115.1), (406.7, 116.4), (404.7, 118.3), (403.4, 119.8),
    (401.3, 118.9), (399.8, 120.2), (397.4, 119.4), (395.6, 118.2), (393.6, 118.8), (392.0, 119.4),
    (390.9, 121.1), (388.9, 121.9), (388.6, 123.6), (387.4, 125.6), (385.6, 127.3), (384.3, 128.6),
    (382.4, 129.4), (379.2, 130.6), (377.0, 131.9), (375.3, 130.1), (374.7, 127.2), (373.4, 125.1),
    (373.8, 122.4), (372.4, 120.4), (371.0, 118.7), (370.1, 116.7), (368.1, 115.9), (366.4, 117.2),
    (366.4, 119.6), (364.7, 121.9), (361.6, 122.6), (359.9, 120.6), (357.4, 119.2), (356.9, 116.8),
    (357.4, 114.2), (357.2, 112.1), (356.0, 110.5), (354.2, 108.9), (351.6, 109.1), (350.4, 107.4),
    (348.4, 107.0), (346.0, 107.3), (343.9, 106.9), (341.8, 105.7), (339.9, 104.6), (337.4, 105.1),
    (335.0, 104.6), (333.6, 102.8), (334.3, 100.8), (335.6, 99.4), (334.9, 97.7), (333.0, 96.9),
    (331.9, 95.2), (333.1, 93.6), (332.3, 92.3),
]
WEST_COAST = [(318.0, 87.5), (326.0, 89.6), (330.5, 90.0)]
FAR_EAST_COAST = [(424.5, 92.6), (430.0, 91.5)]
# fmt: on
ROAD_MARGIN_KM = 4.6  # how far the roads run on beyond the border


@dataclass(frozen=True)
class Settlement:
    """One named place: kilometres, invented people, and its administrative home."""

    name: str
    east_km: float
    north_km: float
    people: float
    kind: str
    district: str
    market: str
    decile: float  # mean deprivation decile, 1 most deprived
    over_65: float  # share of people aged over 65
    pilot: str
    inside: bool = True


# name | east | north | people (thousands) | kind | district | market | decile | over 65 | pilot
_SETTLEMENTS = """
Budmouth|367.6|79.9|60|town|BUD|BUD|3.4|0.25|BUD
Rookington Haven|416.6|93.6|55|town|ROO|ROO|6.3|0.32|
Casterbridge|369.2|90.6|30|town|WES|CAS|6.2|0.22|
Bracken Heath|407.3|100.4|28|town|ROO|WAR|6.6|0.30|
Warborne|400.9|100.6|19|town|ROO|WAR|7.4|0.28|WAR
Port Bredy|346.6|92.7|16|town|WES|BRE|5.0|0.29|
Verrow Heath|408.2|108.6|16|town|ROO|WAR|7.6|0.24|
Shottsford|388.5|106.5|14|town|NOR|SHO|5.4|0.21|SHO
Leddenton|380.7|126.3|13|town|NOR|SHA|5.9|0.22|
Lychetbury|396.0|93.6|13|town|PUR|ANG|6.0|0.24|
Sherton|363.8|116.6|11.5|town|WES|SHE|6.4|0.31|
Knollsea|402.4|79.1|11.5|town|PUR|ANG|5.2|0.36|
Millcorve|397.6|97.3|11|town|ROO|WAR|7.9|0.24|WAR
Shaston|386.4|122.8|9.5|town|NOR|SHA|5.6|0.24|
Anglebury|392.3|87.5|9|town|PUR|ANG|5.8|0.28|ANG
Westmoor Cross|408.7|103.4|9|town|ROO|WAR|7.0|0.34|
Isle of Slingers|369.1|71.6|8.5|town|BUD|BUD|2.6|0.20|SLI
Fleetcombe|362.7|81.9|7.5|town|BUD|BUD|5.3|0.24|BUD
Overcombe|370.2|83.3|6|town|BUD|BUD|6.8|0.33|
Street of Wells|368.9|73.5|5.5|town|BUD|BUD|2.2|0.18|SLI
Stourcastle|378.6|114.0|5|town|NOR|SHA|5.3|0.26|
Cobbmouth|334.6|92.9|5|town|WES|BRE|5.2|0.38|
Wellbridge|384.6|86.7|5|town|PUR|ANG|5.4|0.21|
Emminster|348.0|101.4|3.8|town|WES|BRE|5.5|0.33|EMM
Stalcross|373.6|117.7|3|town|NOR|SHA|5.6|0.28|
Alderstoke|411.0|112.6|3|village|ROO|WAR|7.2|0.23|
Charmley|367.7|93.4|3|village|WES|CAS|7.3|0.22|
Crosswater|377.0|88.3|2.6|village|WES|CAS|6.4|0.22|
Marlott|378.2|118.8|2.3|village|NOR|SHA|6.5|0.30|
Kingsbere|384.7|94.8|2.1|village|PUR|SHO|5.2|0.24|
Egdon Camp|382.6|89.2|2|village|PUR|ANG|5.0|0.08|
Weatherbury|375.8|94.4|1.8|village|WES|CAS|6.6|0.24|
Corvsgate|396.0|82.0|1.7|village|PUR|ANG|6.0|0.31|
Chalk Newton|359.7|97.8|1.4|village|WES|CAS|5.4|0.25|
Handley Chase|399.2|117.0|1.4|village|ROO|SHO|6.1|0.24|
Yetbury|359.6|110.9|1.4|village|WES|SHE|6.9|0.27|
Millpond St Jude's|380.1|97.6|1.3|village|NOR|SHO|6.2|0.23|
Bredy Bradstoke|348.9|90.1|1.2|village|WES|BRE|6.3|0.37|
Oakbury Fitzpiers|380.8|110.8|1.2|village|NOR|SHO|6.1|0.25|
Nuttlebury|374.6|108.4|1.1|village|NOR|SHA|6.0|0.25|
Chaseborough|405.4|113.2|1.1|village|ROO|WAR|6.2|0.24|
Abbot's Cernel|366.5|101.2|1.1|village|WES|CAS|5.8|0.28|
Longpuddle|370.6|99.4|1.0|village|WES|CAS|6.3|0.26|
Middleton Abbey|380.3|102.0|1.0|village|NOR|SHO|6.4|0.25|
Lulwind Cove|382.2|81.0|0.9|village|PUR|ANG|5.6|0.27|
Pos'ham|360.4|85.9|0.9|village|WES|CAS|6.5|0.30|
Newland Buckton|368.9|105.3|0.9|village|WES|SHE|6.0|0.27|
Nether-Moynton|376.8|85.2|0.8|village|WES|CAS|6.6|0.26|
Evershead|357.4|104.6|0.7|village|WES|SHE|5.4|0.26|
Abbotsea|357.8|85.3|0.7|village|WES|CAS|5.8|0.31|
Thorncombe Abbas|337.9|102.9|0.7|village|WES|BRE|5.7|0.28|
King's Hintock|355.6|107.6|0.6|hamlet|WES|SHE|6.0|0.27|
Lornton|402.6|107.3|0.6|hamlet|ROO|WAR|6.6|0.26|
Rookington|412.3|98.4|0.6|hamlet|ROO|ROO|6.4|0.24|
Tolchurch|379.3|94.4|0.5|hamlet|WES|CAS|6.2|0.25|
Mellstock|372.3|92.3|0.5|hamlet|WES|CAS|6.8|0.24|
Scrimpton|362.6|95.0|0.5|hamlet|WES|CAS|6.6|0.26|
Moreford|380.4|87.0|0.4|hamlet|PUR|ANG|5.9|0.24|
Great Hintock|361.7|106.6|0.4|hamlet|WES|SHE|5.9|0.26|
Holmstoke|388.6|86.0|0.4|hamlet|PUR|ANG|6.1|0.25|
Trantridge|403.2|116.6|0.4|hamlet|ROO|SHO|6.0|0.26|
Enckworth|395.4|79.6|0.35|hamlet|PUR|ANG|6.3|0.28|
Stickleford|377.4|91.8|0.35|hamlet|WES|CAS|6.2|0.25|
Little Hintock|364.9|107.4|0.3|hamlet|WES|SHE|5.8|0.26|
Flintcomb-Ash|374.1|102.6|0.25|hamlet|NOR|SHO|5.0|0.22|
Delborough|352.8|105.0|0.25|hamlet|WES|SHE|5.9|0.27|
"""

# Beyond the border: name | east | north | people (thousands, for the size of the street plan only)
_NEIGHBOURS = """
Havenpool|401.9|92.6|30
Sandbourne|409.3|92.7|30
Ivell|354.6|116.2|16
Oozewood|414.9|105.4|8
Crewborne|344.0|109.9|4
Axwater|329.6|97.4|3
Wincaster|371.5|128.3|3
Newbridge Chase|417.8|96.6|2
"""

DISTRICTS = {
    "BUD": "Budmouth and Slingers",
    "NOR": "Blackmoor Vale",
    "PUR": "Egdon and Corvsgate",
    "ROO": "Warborne and Rookington",
    "WES": "Casterbridge and the West",
}
MARKETS = {
    "ANG": "Anglebury and Knollsea",
    "BRE": "Port Bredy and Emminster",
    "BUD": "Budmouth",
    "CAS": "Casterbridge",
    "ROO": "Rookington",
    "SHA": "Shaston and Leddenton",
    "SHE": "Sherton",
    "SHO": "Shottsford",
    "WAR": "Warborne and the Heaths",
}
PILOTS = {
    "ANG": "Anglebury",
    "BUD": "Budmouth",
    "EMM": "Emminster",
    "SHO": "Shottsford",
    "SLI": "Isle of Slingers",
    "WAR": "Warborne-side",
}

# Main roads: class | reference | places joined, in order; "@e,n" is a point on the way.
_ROUTES = """
trunk|A935|@329.0,94.2;@335.6,94.2;@341.0,94.0;Port Bredy;@356.0,91.6;Casterbridge
trunk|A935|Casterbridge;Weatherbury;Kingsbere;Lychetbury;Havenpool
trunk|A931|Kingsbere;@391.5,97.0;Millcorve;Warborne;Bracken Heath;@410.6,103.2;Oozewood
primary|A935|Havenpool;Sandbourne;Rookington Haven;@424.0,94.6
primary|A954|Budmouth;@366.7,83.6;Casterbridge
primary|A954|Casterbridge;Weatherbury;Millpond St Jude's;Shottsford;@396.0,112.6;Handley Chase;@403.0,121.0
primary|A954|Budmouth;@367.1,76.7;@366.95,75.9;@367.45,75.0;@368.2,74.1;Street of Wells;Isle of Slingers
primary|A937|Casterbridge;@362.8,98.2;@359.6,103.2;@357.8,110.4;Ivell
primary|A950|Havenpool;Lychetbury;@390.5,100.6;Shottsford;@386.6,112.6;Shaston;@386.4,130.4
primary|A952|Sherton;@364.7,110.6;Abbot's Cernel;Charmley;Casterbridge
primary|A952|Casterbridge;Nether-Moynton;Wellbridge;Anglebury
primary|A951|Lychetbury;@394.3,90.9;Anglebury;Corvsgate;Knollsea
primary|A930|@352.0,116.6;Ivell;Sherton;@370.4,118.4;Stalcross;@380.2,121.0;Shaston;@392.6,123.6
primary|A956|Chalk Newton;@353.0,101.6;@349.0,105.6;Crewborne
primary|A966|Port Bredy;Emminster;@346.6,105.2;Crewborne
primary|A957|Stalcross;Stourcastle;@383.2,109.6;Shottsford
primary|A958|Sandbourne;@407.0,97.3;Bracken Heath;Westmoor Cross;Verrow Heath
primary|A959|Havenpool;@401.6,96.4;Warborne
primary|A953|Budmouth;Overcombe;Nether-Moynton
primary|A938|Sandbourne;@412.4,96.6;Oozewood
secondary|B9157|Budmouth;Fleetcombe;Pos'ham;Abbotsea;Bredy Bradstoke;Port Bredy
secondary|B9163|Emminster;Evershead;@362.6,104.0;Abbot's Cernel
secondary|B9143|Casterbridge;Longpuddle;Newland Buckton;Nuttlebury;Stourcastle
secondary|B9130|Sherton;@370.4,112.6;Stourcastle
secondary|B9178|Warborne;Lornton;Chaseborough;Alderstoke;@414.6,114.4
secondary|B9181|Verrow Heath;Chaseborough;Handley Chase;@392.0,118.2;Shaston;Leddenton;Wincaster
secondary|B9182|Warborne;@395.0,103.0;Shottsford
secondary|B9192|Leddenton;Marlott;Stourcastle;Oakbury Fitzpiers;Shottsford
secondary|B9175|Anglebury;@389.0,91.4;Kingsbere;Millpond St Jude's;Middleton Abbey;Nuttlebury
secondary|B9170|Anglebury;Holmstoke;Lulwind Cove;Wellbridge
secondary|B9190|Weatherbury;Stickleford;Crosswater;Nether-Moynton
secondary|B9165|Cobbmouth;@336.9,98.9;Thorncombe Abbas;Crewborne
secondary|B9162|Cobbmouth;@335.6,94.2
secondary|B9159|Budmouth;@364.0,85.6;@361.0,91.6;Scrimpton;Chalk Newton
secondary|B9173|Verrow Heath;Alderstoke;@413.8,110.2;Oozewood
secondary|B9147|Sherton;Yetbury;Evershead;Chalk Newton
secondary|B9155|Rookington Haven;Rookington;@411.4,101.8;Westmoor Cross
secondary|B9158|Rookington Haven;Newbridge Chase;@416.4,101.0;Oozewood
secondary|B9164|Axwater;Thorncombe Abbas;Emminster
"""

# fmt: off
# The shingle causeway to the Isle of Slingers, the only way on to it.
CAUSEWAY = [(367.1, 76.7), (366.95, 75.9), (367.45, 75.0), (368.2, 74.1)]
FERRY = [(403.35, 86.1), (403.9, 86.85), (404.55, 87.75)]

DUAL_CARRIAGEWAYS = (("Weatherbury", "Kingsbere"), ("Bracken Heath", "Oozewood"))

# Heaths and army ranges: east, north, radius east, radius north, share of rural points kept.
HEATHS = [
    (386.5, 90.4, 5.2, 2.9, 0.42),
    (398.6, 84.6, 4.0, 2.4, 0.40),
    (387.2, 82.2, 4.6, 1.9, 0.45),
    (412.4, 101.6, 2.6, 4.0, 0.5),
    (395.5, 115.4, 5.0, 2.6, 0.62),
    (373.5, 104.4, 4.6, 2.4, 0.66),
]
HAMLET_STARTS = [
    "Al", "Ash", "Bin", "Blox", "Bock", "Bran", "Bux", "Cheld", "Chil", "Comp", "Corsc", "Dew",
    "Drim", "Ever", "Fif", "Fring", "Gor", "Ham", "Hay", "Hil", "Holn", "Ibb", "Iwer", "Kew",
    "Knap", "Lang", "Litt", "Loder", "Lyd", "Man", "Melb", "Minter", "Mos", "Nym", "Over", "Pil",
    "Pod", "Plum", "Ram", "Ryd", "Shil", "Stin", "Strat", "Sut", "Tar", "Toll", "Turn", "Up",
    "Wad", "Whit", "Win", "Wool", "Wray", "Wyn",
]
HAMLET_ENDS = [
    "ham", "ton", "combe", "bury", "worth", "ford", "stoke", "hay", "leigh", "mead", "bourne",
    "well", "cross", "hurst", "cote", "moor", "wick", "stone",
]
SECOND_NAMES = [
    "", "", "", " Abbas", " Magna", " Parva", " St Mary", " Monachorum", " Bubb", " Fitzpaine",
    " Newburgh", " Matravers", " Episcopi", " Regis",
]
STREET_NAMES = [
    "Abbey", "Acreman", "Alms House", "Barrack", "Bell", "Bimport", "Bridge", "Butt", "Castle",
    "Chapel", "Church", "Cornhill", "Coombe", "Dairy", "Durnover", "East", "Fair", "Fellmonger",
    "Friary", "Gallows", "Glover", "Grove", "Haymarket", "High", "Icen", "King", "Lamb", "Long",
    "Maumbury", "Malthouse", "Market", "Mill", "Mixen", "Nonesuch", "North", "Orchard", "Park",
    "Parsonage", "Plocks", "Pound", "Prince", "Priory", "Quay", "Queen", "Rectory", "Rope",
    "Salisbury", "School", "Shambles", "Sheep", "South", "Spring", "Station", "Stour", "Tanyard",
    "Trinity", "Tucker", "Victoria", "Vicarage", "Walks", "Well", "West", "White Hart", "Wool",
]
STREET_KINDS = ["Street", "Road", "Lane", "Close", "Avenue", "Way", "Drive", "Gardens", "Row"]

# fmt: on


def settlements() -> tuple[Settlement, ...]:
    """Every hand-placed settlement of the county, largest first."""
    found = []
    for line in _SETTLEMENTS.strip().splitlines():
        name, east, north, people, kind, district, market, decile, old, pilot = line.split("|")
        found.append(
            Settlement(
                name,
                float(east),
                float(north),
                float(people) * 1000,
                kind,
                district,
                market,
                float(decile),
                float(old),
                pilot,
            )
        )
    return tuple(found)


def neighbours() -> tuple[Settlement, ...]:
    """Places just over the border, which hold fire stations that also serve the county."""
    found = []
    for line in _NEIGHBOURS.strip().splitlines():
        name, east, north, people = line.split("|")
        found.append(
            Settlement(
                name,
                float(east),
                float(north),
                float(people) * 1000,
                "town",
                "",
                "",
                5.0,
                0.2,
                "",
                False,
            )
        )
    return tuple(found)


def routes() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The hand-listed main roads as (class, reference, places or points on the way)."""
    found = []
    for line in _ROUTES.strip().splitlines():
        road_class, ref, stops = line.split("|")
        found.append((road_class, ref, tuple(stops.split(";"))))
    return tuple(found)
