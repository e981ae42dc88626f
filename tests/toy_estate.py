"""One small valid estate that tests share: two towns 10 km apart, drawn below.

    west town (ward W1, pilot P1)            east town (ward W2)
    B1 fire station   B2 library             B4 library   B5 empty office (surplus)
    B3 office (adult learning, advice)       B6 candidate hub

Every frame is text, as it would come from a CSV; change a cell, then build.
"""

# ruff: noqa: E501 - the tables are easier to read than to fold

from __future__ import annotations

import csv
import io

import geopandas as gpd
import pandas as pd
import shapely

from assets.estate import Estate, build_estate

_BUILDINGS = """\
asset_id,uprn,name,owner,asset_type,easting,northing,tenure,status,gia_m2,capacity_m2,running_cost_gbp_pa,market_value_gbp,market_value_gbp_low,market_value_gbp_high,build_capex_gbp,in_scope,confidential
B1,00100012797,West fire station,Fire,fire_station,370000,90000,freehold,operational,500,500,60000,400000,300000,500000,,yes,no
B2,100012798,West library,County,library,370400,90300,freehold,operational,300,400,45000,350000,,,,yes,no
B3,100012799,West office,District,office,370900,90100,leasehold,operational,800,700,"£90,000",,,,,yes,yes
B4,100012800,East library,County,library,380100,90200,freehold,operational,250,250,38000,300000,,,,yes,no
B5,100012801,East old office,County,office,380600,90500,freehold,surplus,600,,20000,250000,,,,yes,no
B6,,East hub site,County,community_hall,380300,90000,freehold,candidate,900,900,50000,,,,1500000,yes,no
"""
_SERVICES = """\
unit_id,service_type,asset_id,operator,space_m2,duty_system,vehicles,service_cost_gbp_pa,move_cost_gbp,host_types,lock
U1,fire,B1,Fire,300,on_call,,500000,250000,fire_station;community_hall,free
U2,library,B2,County,200,,,120000,30000,,free
U3,adult_learning,B3,County,150,,,80000,10000,,free
U4,advice,B3,Advice Bureau,80,,,40000,5000,,free
U5,library,B4,County,180,,,110000,30000,,free
"""
_DEMAND = """\
demand_id,name,easting,northing,population,households,no_car_households,under_5,over_65,imd_decile,rural_urban,fires
D1,West middle,370100,90100,2500,1100,300,150,500,3,urban,4
D2,West edge,371500,91000,1200,500,80,60,300,6,urban,1
D3,Between,375000,90000,300,130,10,10,90,8,rural,2
D4,East middle,380200,90200,1800,800,200,100,400,4,urban,3
D5,East edge,381500,89500,900,380,40,40,250,7,rural,1
"""
_COMPATIBILITY = """\
service_a,service_b,rule,cost_gbp,note
fire,library,conditional,15000,appliance bay noise
advice,fire,forbidden,,quiet rooms
"""
_LEASES = """\
asset_id,start,expiry,break_dates,break_notice_months,break_penalty_gbp,annual_rent_gbp,dilapidations_gbp
B3,01/04/2016,31/03/2041,2031-03-31;2036-03-31,12,10000,40000,25000
"""
_AREAS = (
    ("P1", "West pilot", "pilot", (369000, 89000, 372000, 92000)),
    ("W1", "West", "ward", (368000, 88000, 375000, 93000)),
    ("W2", "East", "ward", (375000, 88000, 383000, 93000)),
)


def _frame(text: str) -> pd.DataFrame:
    """Comma-separated text -> frame of text."""
    heading, *rows = csv.reader(io.StringIO(text))
    return pd.DataFrame(rows, columns=heading, dtype=object)


def toy_layers() -> dict[str, pd.DataFrame]:
    """Fresh frames of the toy estate, one per layer."""
    areas = gpd.GeoDataFrame(
        {
            "area_id": [row[0] for row in _AREAS],
            "name": [row[1] for row in _AREAS],
            "kind": [row[2] for row in _AREAS],
        },
        geometry=[shapely.box(*row[3]) for row in _AREAS],
        crs="EPSG:27700",
    )
    return {
        "buildings": _frame(_BUILDINGS),
        "services": _frame(_SERVICES),
        "demand": _frame(_DEMAND),
        "areas": areas,
        "compatibility": _frame(_COMPATIBILITY),
        "leases": _frame(_LEASES),
    }


def toy_estate() -> Estate:
    """The toy estate, built."""
    return build_estate(toy_layers())
