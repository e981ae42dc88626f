"""Where in Great Britain each postcode area lies, drawn wide. Facts only.

The letters a postcode begins with name a post town; its area lies round it. `CIRCLES` gives, for
each of the 120 areas of Great Britain, the middle and the reach of one circle (or two) that hold
all of it. They were set by hand from the positions of the areas' post towns and outermost
villages, to the nearest kilometre, with a margin of a quarter or more, so that a place outside
its circle is wrong in its postcode or its coordinates, and one inside may still be wrong.

Source of the list of areas: Royal Mail, *Postcode Address File: programmer's guide*.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Area -> circles of easting, northing and reach in km (EPSG:27700).
CIRCLES: Mapping[str, tuple[tuple[int, int, int], ...]] = MappingProxyType(
    {
        "AB": ((394, 806, 100),), "AL": ((515, 207, 20),), "B": ((407, 287, 45),),
        "BA": ((375, 165, 62),), "BB": ((368, 428, 40),), "BD": ((416, 433, 65),),
        "BH": ((409, 91, 42),), "BL": ((371, 409, 20),), "BN": ((531, 104, 45),),
        "BR": ((540, 169, 18),), "BS": ((359, 173, 45),), "CA": ((340, 556, 85),),
        "CB": ((545, 258, 45),), "CF": ((318, 176, 55),), "CH": ((340, 366, 45),),
        "CM": ((570, 207, 45),), "CO": ((599, 225, 42),), "CR": ((532, 165, 18),),
        "CT": ((615, 158, 35),), "CV": ((433, 279, 55),), "CW": ((370, 356, 35),),
        "DA": ((554, 174, 22),), "DD": ((340, 730, 68),), "DE": ((435, 336, 55),),
        "DG": ((297, 576, 120),), "DH": ((427, 542, 36),), "DL": ((429, 515, 70),),
        "DN": ((457, 403, 98),), "DT": ((369, 90, 50),), "DY": ((394, 290, 40),),
        "E": ((537, 185, 18),), "EC": ((532, 182, 8),), "EH": ((325, 673, 62),),
        "EN": ((533, 197, 23),), "EX": ((292, 93, 90), (213, 145, 10)),
        "FK": ((289, 680, 95),),
        "FY": ((331, 436, 22),), "G": ((259, 665, 75),), "GL": ((383, 218, 55),),
        "GU": ((499, 149, 45),), "HA": ((515, 188, 18),), "HD": ((414, 416, 25),),
        "HG": ((430, 455, 40),), "HP": ((505, 206, 50),), "HR": ((351, 240, 50),),
        "HS": ((110, 870, 120),), "HU": ((509, 428, 45),), "HX": ((409, 425, 25),),
        "IG": ((543, 186, 18),), "IP": ((616, 244, 82),), "IV": ((250, 870, 175),),
        "KA": ((243, 638, 80),), "KT": ((518, 165, 25),), "KW": ((320, 975, 110),),
        "KY": ((328, 692, 45),), "L": ((336, 391, 36),), "LA": ((347, 475, 65),),
        "LD": ((305, 256, 58),), "LE": ((462, 304, 50),), "LL": ((278, 350, 85),),
        "LN": ((510, 371, 65),), "LS": ((430, 433, 35),), "LU": ((503, 223, 30),),
        "M": ((384, 398, 28),), "ME": ((580, 162, 40),), "MK": ((488, 243, 42),),
        "ML": ((282, 645, 60),), "N": ((531, 189, 15),), "NE": ((412, 585, 75),),
        "NG": ((470, 342, 65),), "NN": ((478, 265, 50),), "NP": ((331, 198, 45),),
        "NR": ((623, 308, 60),), "NW": ((526, 185, 15),), "OL": ((393, 405, 30),),
        "OX": ((451, 212, 50),), "PA": ((185, 695, 125),), "PE": ((540, 312, 85),),
        "PH": ((235, 775, 135),), "PL": ((225, 63, 62),), "PO": ((464, 101, 45),),
        "PR": ((354, 429, 36),), "RG": ((463, 170, 50),), "RH": ((522, 140, 50),),
        "RM": ((551, 184, 25),), "S": ((435, 387, 45),), "SA": ((235, 215, 85),),
        "SE": ((537, 176, 18),), "SG": ((524, 230, 42),), "SK": ((395, 385, 45),),
        "SL": ((495, 182, 28),), "SM": ((526, 164, 16),), "SN": ((410, 178, 58),),
        "SO": ((442, 115, 45),), "SP": ((412, 132, 52),), "SR": ((439, 552, 24),),
        "SS": ((585, 188, 32),), "ST": ((392, 336, 50),), "SW": ((527, 175, 16),),
        "SY": ((310, 300, 95),), "TA": ((322, 127, 55),), "TD": ((365, 635, 85),),
        "TF": ((368, 317, 42),), "TN": ((575, 135, 65),), "TQ": ((283, 66, 45),),
        "TR": ((168, 40, 48), (89, 11, 15)), "TS": ((452, 520, 45),), "TW": ((511, 173, 22),),
        "UB": ((510, 182, 18),), "W": ((524, 181, 16),), "WA": ((362, 388, 32),),
        "WC": ((530, 181, 8),), "WD": ((511, 197, 18),), "WF": ((436, 419, 32),),
        "WN": ((358, 405, 22),), "WR": ((385, 255, 45),), "WS": ((402, 307, 35),),
        "WV": ((383, 296, 40),), "YO": ((475, 470, 75),), "ZE": ((447, 1141, 100),),
    }
)  # fmt: skip
#: Islands a long way from everything else: Scilly, Lundy, St Kilda, Foula, Fair Isle.
ISLANDS: tuple[tuple[int, int, int], ...] = (
    (89, 11, 15), (213, 145, 6), (10, 899, 10), (396, 1139, 6), (421, 1072, 6),
)  # fmt: skip
#: Postcode areas that lie elsewhere: Northern Ireland, the Crown dependencies, and no place (ZZ is
#: what the Office for National Statistics writes for it).
ELSEWHERE = ("BF", "BT", "BX", "GY", "IM", "JE", "ZZ")
