"""Other headings of each column: how councils, services and national bodies write them.

A heading is here only if it means the column and nothing else, or if its cells can tell
(`assets.naming.headings`): "Status" is listed under four columns, and the cells of a source decide.
Case, spaces and punctuation do not matter; ``+`` counts as "and over" and ``&`` as "and". ``YYYY``
and ``YY`` stand for a year (``LSOA code (YYYY)``, ``lsoaYYcd``). Earlier headings are preferred
where a source has several of one column. Units need no spelling out: "Site area (acres)" is
found as "Site area" and its figures are converted.

Sources: Local Government Transparency Code 2015 and the LGA's schema for local authority land;
registers of councils; Home Office, Arts Council England, NHS ODS, ONS, MHCLG, Ordnance Survey.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_YEARS = range(2030, 1990, -1)

#: Columns of a source that only its software needs: neither read nor warned about, and never a
#: weight of demand.
BOOKKEEPING = frozenset(
    (
        "objectid", "objectid1", "fid", "fid1", "ogcfid", "gid", "globalid", "shapearea",
        "shapelength", "shapeleng", "shapelen", "shapestarea", "shapestlength", "shapestlen",
        "shape", "stareashape", "unnamed0", "index", "level0", "rowid", "rownumber", "rowno",
        "uuid", "mslink", "mapid", "featureid", "featcode", "toid", "ogrfid", "ogcgeometry",
        "pkuid", "primarykey", "bngemin", "boundingbox", "validfrom", "coordinatereferencesystem",
        "crs", "srid",
    )
)  # fmt: skip


def spread(alias: str) -> tuple[str, ...]:
    """An alias with its year written out, the newest first; others as they are."""
    if "YYYY" in alias:
        return tuple(alias.replace("YYYY", str(year)) for year in _YEARS)
    if "YY" in alias:
        return tuple(alias.replace("YY", f"{year % 100:02}") for year in _YEARS)
    return (alias,)


def _listed(**columns: str) -> Mapping[str, tuple[str, ...]]:
    """Column -> its other headings, from one text with ``|`` between them."""
    return MappingProxyType(
        {name: tuple(part.strip() for part in text.split("|")) for name, text in columns.items()}
    )


#: Where something is.
PLACE = _listed(
    easting="Eastings | X_COORDINATE | X coordinate | X co-ordinate | XCoord | X_COORD | "
    "GeoX | Geo X | X | STATION_EASTING | OS Easting | BNG Easting | bng_e | OSGB_X | "
    "oseast1m | oseastYYm | GEOMETRY_X | centroid_x | Centroid Easting | Site Easting | "
    "Easting coordinate | Easting co-ordinate | Map reference easting | Map reference X | "
    "Map ref easting | Map Ref E | Grid reference easting | Grid ref easting | "
    "Grid reference X | Location easting | LocationX | Location X | Coordinates X | "
    "Co-ordinates X | X location | Easting_m | Easting_rounded | east | Easting (BNG) | "
    "BNG_X | POINT_X | coord_x | East coordinate | Property easting | Asset easting | "
    "Map reference (Easting) | Geo Easting | X (Easting) | Easting (X) | "
    "X Coordinate (Easting) | Easting X coordinate",
    northing="Northings | Y_COORDINATE | Y coordinate | Y co-ordinate | YCoord | Y_COORD | "
    "GeoY | Geo Y | Y | STATION_NORTHING | OS Northing | BNG Northing | bng_n | OSGB_Y | "
    "osnrth1m | osnrthYYm | GEOMETRY_Y | centroid_y | Centroid Northing | Site Northing | "
    "Northing coordinate | Northing co-ordinate | Map reference northing | Map reference Y | "
    "Map ref northing | Map Ref N | Grid reference northing | Grid ref northing | "
    "Grid reference Y | Location northing | LocationY | Location Y | Coordinates Y | "
    "Co-ordinates Y | Y location | Northing_m | Northing_rounded | north | Northing (BNG) | "
    "BNG_Y | POINT_Y | coord_y | North coordinate | Property northing | Asset northing | "
    "Map reference (Northing) | Geo Northing | Y (Northing) | Northing (Y) | "
    "Y Coordinate (Northing) | Northing Y coordinate",
    lon="longitude | long | lng | GeoLong | Geo Longitude | long_ | longitude_wgs84 | "
    "WGS84 longitude | lon_wgs84 | Longitude coordinate | decimal longitude | "
    "Centroid longitude | centroid_lon | Location longitude | geo_lon | "
    "Longitude (X) | X (Longitude) | GeoX | Geo X | X_COORDINATE | X coordinate | "
    "X co-ordinate | XCoord | X_COORD | X | POINT_X | coord_x | centroid_x | Coordinates X | "
    "LocationX | Location X",
    lat="latitude | GeoLat | Geo Latitude | lat_ | latitude_wgs84 | WGS84 latitude | lat_wgs84 | "
    "Latitude coordinate | decimal latitude | Centroid latitude | centroid_lat | "
    "Location latitude | geo_lat | Latitude (Y) | Y (Latitude) | GeoY | Geo Y | Y_COORDINATE | "
    "Y coordinate | Y co-ordinate | YCoord | Y_COORD | Y | POINT_Y | coord_y | centroid_y | "
    "Coordinates Y | LocationY | Location Y",
    postcode="Post code | Postal code | PCDS | PCD | PCD7 | PCD8 | STATION_POSTCODE | "
    "Property postcode | Site postcode | Asset postcode | Building postcode | UK postcode | "
    "Full postcode | PostCode_Full | Post_Code | Address postcode | POSTCODE_LOCATOR | "
    "Location postcode | Postcode of asset | Zip code | Library postcode | Address - Postcode | "
    "Mailing postcode | P code | Pcode",
    coordinates="Site Co-ordinates (Geocode) | Coordinates | Co-ordinates | Site coordinates | "
    "Grid reference | Grid ref | OS grid reference | OS grid ref | OSGR | NGR | "
    "National Grid Reference | Map reference | Map ref | OS map reference | OS map ref | "
    "Ordnance Survey map reference | OS reference | OS ref | Ordnance Survey reference | "
    "Easting/Northing | Easting, Northing | Easting and Northing | Eastings and Northings | "
    "Eastings/Northings | Eastings, Northings | X/Y | X,Y | X and Y | XY | XY coordinates | "
    "X,Y coordinates | X/Y coordinates | X Y coordinates | Grid coordinates | "
    "Lat/Long | Lat Long | LatLon | Lat, Lon | Lat,Lng | Latitude/Longitude | "
    "Latitude, Longitude | Latitude and Longitude | Long/Lat | Longitude, Latitude | Geocode | "
    "Geo code | Geo point | geo_point_2d | GeoPoint | Geolocation | Geo location | GPS | "
    "GPS coordinates | WKT | WKT geometry | geom | the_geom | geometry_wkt | Point | "
    "Map co-ordinates | Map coordinates | Location coordinates | Georeference | Location | "
    "Easting Northing | Map reference (Easting, Northing)",
)
#: The parts of an address.
ADDRESS = _listed(
    address="STATION_ADDRESS | Full address | Address | Property address | Site address | "
    "Postal address | Asset address | Building address | Street address | Address of property | "
    "Address of asset | Address of building | Address in full | Premises address | "
    "Location address | Library address | Station address | Address (full) | "
    "Address of the building/land | Property full address | Concatenated address | "
    "SINGLE_LINE_ADDRESS | Location description | Asset location | Location of asset | "
    "Location | Address text | LLPG address | Site location | Address details",
    address_1="Address line 1 | Address1 | Add1 | Addr1 | AddressLine1 | Address line one | "
    "Address_Line_1 | Property address 1 | Property address line 1 | Site address 1 | "
    "Site address line 1 | Street address 1 | 1st line of address | First line of address | "
    "Asset address 1",
    address_2="Address line 2 | Address2 | Add2 | Addr2 | AddressLine2 | Address line two | "
    "Property address 2 | Property address line 2 | Site address 2 | Site address line 2 | "
    "Street address 2 | 2nd line of address | Second line of address | Asset address 2",
    address_3="Address line 3 | Address3 | Add3 | Addr3 | AddressLine3 | Address line three | "
    "Property address 3 | Property address line 3 | Site address 3 | Site address line 3 | "
    "Street address 3 | 3rd line of address | Third line of address | Asset address 3",
    street_number="StreetNumber | Street number | Street no | Number | House number | House no | "
    "Building number | Building no | PAON number | Street number or name | "
    "Number in street | Primary property number | Street number/name | Primary number | "
    "No. in street | No | "
    "BUILDING_NUMBER | Start number",
    street="StreetName | Street name | Road | Road name | Thoroughfare | Thoroughfare name | "
    "STREET_DESCRIPTION | Street description | Street or road | Address street | Street/Road | "
    "Name of street | Street (road) | Primary street",
    locality="Locality name | Dependent locality | DEPENDENT_LOCALITY | Village | "
    "Town or village | Parish | Neighbourhood | Suburb | Address line 4 | Address4 | Add4 | "
    "Addr4 | Address 4 | Address area | Community",
    post_town="PostTown | Post town | Town | Town/City | Town or city | City | City/Town | "
    "Postal town | TOWN_NAME | Post town name | Town name | Address town | Address line 5 | "
    "Address5 | Address 5 | Settlement",
)
#: What it is, in the source's own words, and whether it still is.
USE = _listed(
    holding_type="HoldingType | Holding type | Land or building | Land/Building | "
    "Building or land | Land or buildings | Land/Buildings | Building/Land | Land & Buildings | "
    "Land and/or building | Land, building or both | Type of holding | Asset type | "
    "Property type | Type of asset | Asset category | Property category | Type | Category | "
    "Asset class | Building/land or both | Property class | Land or property",
    use="OtherDetail | Use | Current use | Present use | Property use | Asset use | "
    "Building use | Use of building | Use of property | Use of asset | Service use | "
    "Use description | Property use description | Reason for holding | "
    "Reason for holding asset | Reason held | Purpose | Purpose of holding | "
    "Purpose for holding asset | Services offered | Services offered from the asset | "
    "Services offered from asset | Service offered | Service provided | Services provided | "
    "Services delivered | Function | Primary use | Main use | Usage | Asset usage | "
    "Asset sub type | Asset subtype | Property sub type | Property subtype | Sub type | "
    "Property type | Asset type | Type of property | Type of asset | Type of building | "
    "Building type | Type of library | Library type | Type of station | Type of premises | "
    "Premises type | Site type | Facility type | Asset category | Property category | "
    "Category | Sub category | Asset classification | Property classification | "
    "Classification | CLASSIFICA | Classification description | BLPU class description | "
    "Asset class | Type | Asset group | Portfolio | Property group | Service area | "
    "Asset description | Property description | Description | Description of asset | "
    "Description of property | Asset details | Details | BUILDGTHEM | Service category",
    use_2="Asset description | Property description | Description | Description of asset | "
    "Description of property | Asset details | Property details | Further details | "
    "Additional information | Comments | Notes | Remarks | Property type | Asset type | "
    "Type of property | Building type | Asset category | Property category | Category | "
    "Sub category | Asset classification | Property classification | Classification | "
    "Asset class | Type | Asset group | Portfolio | Property group | Service area | "
    "Reason for holding | Reason for holding asset | Services offered | Current use | "
    "Property use | Asset use | Use | Purpose | Other detail | BUILDGTHEM | Service category",
    classification="BLPU class | BLPU classification | BLPU code | BLPU class code | "
    "Classification code | CLASSIFICATION_CODE | Class code | Class | Classification | "
    "AddressBase classification | LLPG classification | NLPG classification | BLPU_Class_Code | "
    "OS classification | Primary classification | Classification (BLPU)",
    closed="Year closed | Date closed | Closed date | Closure date | Close date | CloseDate | "
    "Date of closure | Closing date | Date of closing | End date | end-date | Closed | "
    "Date disposed | Disposal date | Date of disposal | Date sold | Sold date | Year of closure | "
    "Disposed date",
    required_maintenance="Required maintenance | Required maintenance cost | "
    "Required maintenance costs | Required maintenance (£) | Backlog maintenance | "
    "Maintenance backlog | Total backlog | Total backlog maintenance | Backlog | "
    "Total required maintenance | Outstanding maintenance | Outstanding repairs | "
    "Cost of required maintenance | Maintenance requirement",
)
#: Which areas a row lies in.
WITHIN = _listed(
    ward_code="wdYYcd | Ward code | Ward code (YYYY) | WardCode | Electoral ward code | "
    "Ward GSS code | ward_gss | Admin_ward_code | osward | Ward | Electoral ward | "
    "Ward ONS code | area_code | geography code",
    area_id="pilot_area | Pilot area",
    town_id="buaYYcd | Town code | Built-up area code",
    district_id="ladYYcd | ltlaYYcd | utlaYYcd | Local Authority District code (YYYY) | "
    "Local Authority District code | Local authority code | LA code | Local authority code (ONS) | "
    "Upper tier local authority code | Lower tier local authority code | Admin_district_code | "
    "oslaua | laua | District code | lad_code | la_code | la_s_code | area_code | "
    "Local authority district (YYYY)",
)
#: Where the figures come from.
TRAIL = _listed(
    source_ref="Source | Data source | Source of data",
    as_at="EffectiveDate | Effective date | As at | Date as at | Data as at | Period | "
    "Date of data | Extract date | Date extracted | Published | Date published | "
    "Date of publication | Snapshot date | Reference date",
)

BUILDINGS = _listed(
    asset_id="Unique asset identity | Unique asset ID | Unique asset identifier | "
    "Unique asset identification | Unique asset reference | Unique asset reference number | "
    "Unique asset number | Unique asset code | Unique ID | Unique identifier | "
    "Unique reference | Unique reference number | Unique property reference | "
    "Unique property identifier | UAI | UAID | AssetCode | Asset code | Asset ID | "
    "Asset reference | Asset ref | Asset reference number | Asset ref no | Asset number | "
    "Asset no | Asset identifier | Asset register number | Asset register no | "
    "Asset register ref | Property reference | Property ref | Property reference number | "
    "Property ref no | Property number | Property no | Property ID | Property code | "
    "PropertyRef | Prop ref | Site reference | Site ref | Site ID | Site code | Site number | "
    "Site no | Building ID | Building code | Building reference | Building ref | "
    "Premises ID | Premises code | Estate reference | Terrier reference | Terrier ref | "
    "Terrier number | Terrier no | Holding reference | Holding ref | Local reference | "
    "Local identifier | Internal reference | Council reference | PSRN | LPI key | "
    "ODS code | URN | EstablishmentNumber | unique_reference_number | "
    "osm_id | os_id | Reference | Reference number | Ref | Ref no | Identifier | ID | Code",
    uprn="Unique property reference number | Unique Property Reference Number (UPRN) | UPRN No | "
    "UPRN number | UPRN code | NLPG UPRN | LLPG UPRN | LLPG reference | LLPG ref | "
    "NLPG reference | OS UPRN | UPRN reference | UPRN ref | UPRN_NO | Property UPRN | "
    "Site UPRN | Parent UPRN | National UPRN | GMS UPRN | "
    "Unique property reference number UPRN | Unique property reference no | "
    "UPRN (unique property reference number)",
    name="PropertyName | Property name | BaseName | Base name | Asset name | "
    "Primary property name | SiteNameAddress | "
    "Name of asset | STATION_NAME | Station name | "
    "Building name | Name of the building/land | Name of building or land | "
    "Name of the building or land | Name of building/land | Name of building or land or both | "
    "Building or land name | Building/Land name | Name of property | Name of building | "
    "Name of site | Site name | Site | Property | Asset | Premises | Premises name | "
    "Library name | Name of library | Library | Facility name | Facility | Establishment name | "
    "EstablishmentName | Centre name | Hall name | Hub name | Location name | Asset title | "
    "Property title | Title | Common name | Name/Description | Name or description | "
    "Property name/description | Property name or description | Name and description | "
    "Building/site name | Site/Building name | Name of premises | School name | Practice name | "
    "Station | Fire station | Fire station name | Police station | Ambulance station | "
    "Centre | Hub | Community hub | Children's centre | Leisure centre | School | Practice | "
    "Surgery | Hall | Community centre | Museum | Depot | Office name | Clinic | NAME1 | "
    "DISTNAME | Organisation site name | Site description | Building",
    owner="Owner | Owning organisation | Owning body | Owner name | Property owner | Asset owner | "
    "Land owner | Organisation name | Organisation | OrganisationName | OrganisationLabel | "
    "Organisation label | Body | Public body | Holding organisation | Authority | "
    "Authority name | Local authority | Local authority name | Council | Council name | "
    "Name of authority | Name of council | Name of organisation | FRS_FULLNAME | FRS | "
    "Fire and rescue service | Fire service | Fire and rescue authority | Fire authority | "
    "FRA | FRS name | Police force | Force | Force name | Ambulance trust | Trust | Trust name | "
    "Reporting service | Library service | "
    "Library authority | Library authority name | Holding body | Ownership | Asset ownership | "
    "Property ownership | Owned by | PublisherLabel | Publisher | Publisher name | "
    "Controlling body | Custodian | Owner/Custodian | Department | Government department",
    asset_type="Asset type | Property type | Type of asset | Type of property | Building type | "
    "Asset category | Category",
    tenure="TenureType | Tenure type | Type of tenure | Freehold/Leasehold | "
    "Freehold or leasehold | Freehold, leasehold or licence | Freehold Leasehold | "
    "Freehold/Leasehold/Other | Leasehold/Freehold | Leasehold or freehold | Tenure code | "
    "Tenure description | Property tenure | Asset tenure | Tenure of asset | Tenure of property | "
    "Tenure status | Tenure held | Tenure (freehold/leasehold) | Building tenure | Site tenure | "
    "Land tenure | Title tenure | Council tenure | Legal interest | Interest | Interest type | "
    "Type of interest | Nature of interest | Council interest | Council's interest | "
    "Holding status | Asset ownership | Property ownership | Ownership | Ownership type | "
    "Ownership status | Type of ownership | Owned/Leased | Owned or leased | Held | How held | "
    "Lease/Freehold | Tenure category | TenureDetail | Tenure detail | Status",
    tenure_category="TenureDetail | Tenure detail | Tenure details | Tenure category | "
    "Category of tenure | Tenure sub type | Tenure subtype | Detailed tenure | "
    "Transparency tenure status | Tenure status | Occupation | Occupancy | Occupancy status | "
    "Occupation status | Occupancy type | Occupation type | Occupied by | Occupier status | "
    "Status of tenure | Status of holding | Letting status | Let status | Asset status | "
    "Property status | Status | Current status | Use status | Occupied/Vacant | "
    "Holding description | Tenure description",
    status="Asset status | Property status | Building status | Site status | Current status | "
    "Operational status | Status description | Occupancy status | Occupation status | "
    "Occupancy | Occupied/Vacant | Vacant/Occupied | Occupied or vacant | "
    "Operational/Non-operational | Status of asset | Status of property | Station status",
    gia_m2="GIA | GIA size | BuildingSize | Building size | Gross internal area | "
    "Gross internal area (GIA) | Gross internal floor area | GIFA | "
    "Building gross internal area | Total gross internal area | Total GIA | Internal area | "
    "Internal floor area | Gross floor area | Floor area | Total floor area | "
    "Building floor area | Building area | Size of building | Size of building (m2) | "
    "Area of building | Building size (GIA) | Size (GIA) | GIA of building | Floor space | "
    "Floorspace | Total floorspace | footprint total | Size (m2)",
    site_area_ha="LandArea | Land area | Area of land | Land size | Size of land | Site area | "
    "Site size | Size of site | Area of site | Plot size | Plot area | Extent | Land extent | "
    "Site extent | Total site area | Total land area | Gross site area | Area (ha) | Size (ha) | "
    "Hectares | Hectarage | Ha",
    capacity_m2="Capacity (m2) | Service capacity (m2)",
    vehicle_bays="Bays | Number of bays | No of bays | Appliance bays | Number of appliance bays | "
    "No of appliance bays | Engine bays | Vehicle bays | Garage bays | Ambulance bays",
    capacity_sessions_pw="Sessions available | Sessions available a week | "
    "Sessions available per week | Bookable sessions a week | Bookable sessions per week",
    works_gbp="Works cost | Cost of works | Cost of remedial works | Condition works cost | "
    "Cost to bring to satisfactory condition | Cost to bring to condition B",
    planned_maintenance_gbp="Planned maintenance | Planned maintenance cost | "
    "Planned maintenance costs | Programmed maintenance | Planned preventative maintenance cost | "
    "Maintenance programme cost | Forward maintenance",
    condition_grade="Condition | Condition category | Condition rating | Condition code | "
    "Overall condition | Overall condition grade | Condition survey grade | "
    "Condition survey rating | Building condition | Property condition | Asset condition | "
    "Condition score | Condition survey category | Physical condition | Condition A-D",
    survey_date="Condition survey date | Date of condition survey | Date of survey | "
    "Last condition survey | Last survey date | Date of last condition survey | "
    "Date surveyed | Date of last survey",
    backlog_gbp_p1="Priority 1 | P1 | Backlog P1 | Backlog priority 1 | Priority 1 maintenance | "
    "Priority 1 backlog | Priority 1 cost | Priority 1 costs | P1 backlog | P1 cost | P1 costs | "
    "Urgent maintenance | Urgent repairs | Required maintenance priority 1 | "
    "Required maintenance P1 | Priority 1 works | Priority 1 (urgent)",
    backlog_gbp_p2="Priority 2 | P2 | Backlog P2 | Backlog priority 2 | Priority 2 maintenance | "
    "Priority 2 backlog | Priority 2 cost | Priority 2 costs | P2 backlog | P2 cost | P2 costs | "
    "Essential maintenance | Required maintenance priority 2 | Required maintenance P2 | "
    "Priority 2 works | Priority 2 (essential)",
    backlog_gbp_p3="Priority 3 | P3 | Backlog P3 | Backlog priority 3 | Priority 3 maintenance | "
    "Priority 3 backlog | Priority 3 cost | Priority 3 costs | P3 backlog | P3 cost | P3 costs | "
    "Desirable maintenance | Required maintenance priority 3 | Required maintenance P3 | "
    "Priority 3 works | Priority 3 (desirable)",
    backlog_gbp_p4="Priority 4 | P4 | Backlog P4 | Backlog priority 4 | Priority 4 maintenance | "
    "Priority 4 backlog | Priority 4 cost | Priority 4 costs | P4 backlog | P4 cost | P4 costs | "
    "Long-term maintenance | Required maintenance priority 4 | Required maintenance P4 | "
    "Priority 4 works | Priority 4 (long term)",
    suitability="Functional suitability | Suitability rating | Suitability grade | "
    "Suitability score | Suitability category | Functional suitability rating | "
    "Functional suitability of asset | Suitability assessment",
    accessible="DDA compliant | DDA compliance | Accessible building | Wheelchair access | "
    "Wheelchair accessible | Disabled access | Step-free access | Accessibility",
    epc="EnergyRating | Energy rating | EPC rating | EPC grade | EPC band | EPC energy rating | "
    "DEC | "
    "DEC rating | DEC grade | DEC band | Energy performance rating | Energy performance | "
    "Energy performance certificate rating | Energy performance operational rating | "
    "Energy performance rating (DEC) | Display energy certificate | "
    "Display energy certificate rating | Energy certificate rating | Energy efficiency rating | "
    "Energy performance certificate | Energy rating (DEC) | EPC/DEC rating | EPC/DEC | "
    "Energy band | Operational rating band | DEC energy rating",
    tco2e_pa="tCO2e | Carbon emissions | Carbon emissions (tCO2e) | CO2 emissions (tonnes) | "
    "Annual carbon emissions (tCO2e) | Emissions (tCO2e) | CO2e (tonnes)",
    running_cost_gbp_pa="Total building operation (revenue) costs | "
    "Total building operation costs | Building operation (revenue) costs | "
    "Total building operating costs | Building operating costs | Building operation costs | "
    "Total building operation revenue costs | Running costs | Running cost | "
    "Annual running cost | Annual running costs | Running cost per annum | "
    "Running costs per annum | Running cost pa | Running costs pa | Total running costs | "
    "Total annual running costs | Operating costs | Operating cost | Annual operating costs | "
    "Annual operating cost | Revenue costs | Annual revenue cost | Annual revenue costs | "
    "Property running costs | Property costs | Annual property cost | Premises costs | "
    "Building costs | Annual cost | Annual costs | Total property cost | Cost per annum | "
    "Total cost per annum | Revenue cost | Revenue running cost",
    income_gbp_pa="Rental income | Annual rental income | Annual income | Rent receivable | "
    "Rent received | Income | Income per annum | Income pa | Total income | Rental income pa | "
    "Rental income per annum | Annual rent receivable | Letting income | Property income | "
    "Annual income from lettings",
    market_value_gbp="Market value | Open market value | OMV | Estimated market value | "
    "Alternative use value | Market valuation | Estimated receipt | Estimated capital receipt | "
    "Estimated sale value | Disposal value | Expected receipt | Current market value",
    receipt_confidence="Confidence in receipt | Receipt confidence level | Confidence of receipt | "
    "Deliverability of receipt | Receipt deliverability | Receipt RAG",
    grant_gbp="Grant | Grant funding | Grant towards building | External grant | Capital grant",
    clawback_gbp="Clawback | Grant clawback | Clawback amount | Clawback liability | "
    "Grant repayable | Grant to be repaid | Repayable grant",
    building_class="Optimism bias class | Class of building | Building class (optimism bias) | "
    "Standard or non-standard building",
    book_value_gbp="Book value | Net book value | NBV | Carrying value | Carrying amount | "
    "Balance sheet value | Asset register value | Current book value | NBV at 31 March YYYY | "
    "Net book value at 31 March YYYY | Net book value YYYY | Existing use value | EUV | "
    "Depreciated replacement cost | DRC | Closing net book value",
    valuation_basis="Basis of valuation | Valuation method | Valuation type | Basis | "
    "Method of valuation",
    disposal_cost_pct="Cost of sale (%) | Disposal costs (%)",
    months_to_sell="Months to sell | Time to sell (months)",
    build_capex_gbp="Build cost | Building cost | Construction cost | Capital cost",
    constraints="Constraint | Restrictions | Planning constraints | Site constraints",
    remaining_life_yr="Remaining life | Remaining useful life | Remaining life (years) | "
    "Useful life remaining | Estimated remaining life | Useful economic life | RUL | "
    "Remaining economic life | Useful life",
    lock_reason="Reason for lock",
    in_scope="In scope of review | Within scope",
)

SERVICES = _listed(
    unit_id="Unit ID | Service ID | Service unit ID | Service code | Unit code | Unit ref | "
    "Service reference | Service ref | unique_reference_number | URN | ID | Identifier",
    name="Service name | Unit name | Name of service | Team name | Library name | Station name | "
    "STATION_NAME | Centre name | Practice name | Establishment name | EstablishmentName | "
    "Facility name | Name of library | Site name | Building name | Property name | "
    "PropertyName | Asset name | Station | Library | Site | Centre | Hub | Community hub | "
    "Children's centre | Leisure centre | School | Practice | Surgery | Hall | "
    "Community centre | Fire station | Police station | "
    "Ambulance station | NAME1 | DISTNAME | Organisation site name | Title",
    service_type="Service type | Service | Type of service | Service category | Service area | "
    "Services offered | Services provided | Function | Use | Type",
    asset_id="Unique asset identity | Unique asset ID | AssetCode | Asset code | "
    "Asset reference | Asset ref | Asset number | Asset no | Building code | Building ID | "
    "Building reference | Property reference | Property ref | Property ID | Site ID | Site code | "
    "Site reference | Site ref",
    operator="Operator | Operated by | Operating organisation | Operator name | Managed by | "
    "Management | Run by | Provider | Service provider | Provider name | Delivered by | "
    "Operating body | Service owner",
    mode="Delivery mode | Mode of delivery",
    space_m2="Space | Space needed | Space required | Space (m2) | Space occupied | "
    "Occupied area | Area occupied | Net internal area | NIA",
    users_pa="Users | Annual users | Users per annum | Users per year | Visits | Annual visits | "
    "Number of visits | Visits per annum | Visits per year | Visits pa | Total visits | "
    "Footfall | Annual footfall | Visitors | Annual visitors | Number of visitors | "
    "Physical visits | Visitor numbers | Visits YYYY | Number of users | Customers per annum",
    income_gbp_pa="Service income | Annual service income",
    service_cost_gbp_pa="Service cost | Cost of service | Annual service cost | Staff costs | "
    "Staffing cost | Employee costs",
    move_cost_gbp="Cost of moving | Relocation cost | Moving cost",
    one_off_gbp="One-off cost | One off cost | One-off costs | One-off revenue cost | "
    "Redundancy cost | Redundancy costs | Transition cost | Transition costs | Double running cost",
    host_types="Hosts | Hosts allowed",
    duty_system="Duty system | Duty type | fire-duty-type | Fire duty type | Duty | Duty pattern | "
    "Duty status | Crewing | Crewing system | Crewing type | Crewing model | "
    "Crewing arrangements | "
    "Crewing pattern | Crewing status | Staffing | Staffing type | Staffing model | "
    "Staffing system | StaffSystem | Staffing arrangements | Shift system | Shift pattern | "
    "Shift type | "
    "Station type | Station duty system | Type of station | Station category | Station status | "
    "Station crewing | Appliance crewing | Wholetime/Retained | Wholetime or retained | "
    "WT/RDS | WDS/RDS | Type | Category | Status | Station classification",
    turnout_s="Turnout time (s) | Turnout time (seconds) | Turnout (s) | Turnout seconds | "
    "Average turnout (s) | Average turnout time (seconds) | Turn-out time (seconds)",
    sessions_pw="Sessions a week | Sessions per week | Weekly sessions | Number of sessions a week",
    vehicles="Pumps | Appliances | Number of appliances | No of appliances | Number of pumps | "
    "No of pumps | Number of vehicles | No of vehicles | Fire engines | Number of fire engines | "
    "No of fire engines | Pumping appliances | Number of pumping appliances | "
    "No of pumping appliances | Fire appliances | Total appliances | Total pumps | Engines | "
    "Ambulances | Number of ambulances | Vehicles based | Vehicle count | Pump count",
    availability_day_pct="Availability day | Day availability | Daytime availability | "
    "Availability (day) | % availability day | Day availability %",
    availability_night_pct="Availability night | Night availability | Night-time availability | "
    "Availability (night) | % availability night | Night availability %",
    over_border="Over border | Cross border | Over the border | Neighbouring service",
)
STATIONS = _listed(
    station_id="BaseId | Base ID | Station number | Station no | Station ID | Station code | "
    "Station ref | "
    "Station reference | Station identifier | fire-station | Fire station number | "
    "Fire station no | Fire station ID | Fire station code | Library ID | Library code | "
    "Library number | Stn no | Stn code | Stn | Callsign | Call sign | Station call sign",
    service_type="Service type | Service category",
)
LEASES = _listed(
    asset_id="Asset ID | Asset reference | Asset ref | AssetCode | Asset code | "
    "Unique asset identity | Unique asset ID | Unique asset reference | Property reference | "
    "Property reference number | Property ref | Property ref no | PropertyRef | Property ID | "
    "Property number | Property code | Holding reference | Holding ref | Holding ID | "
    "Building ID | Building reference | Building code | Site reference | Site ref | Site ID | "
    "Site code | Premises ID | Property asset ID | Asset number | Asset no | Property | Asset | "
    "Property UPRN | UPRN | Lease reference | Lease ref | Lease ID",
    start="Start Date | Lease start | Lease start date | Commencement | Commencement date | "
    "Lease commencement | Lease commencement date | Term start | Term start date | "
    "Date of commencement | Date of lease | Lease date | From | Date from | Lease from | "
    "Term commencement | Term commencement date | Tenancy start | Tenancy start date | "
    "Agreement start date | Start of lease | Start of term",
    expiry="Expiry Date | Lease expiry | Lease expiry date | Expiry | Expires | Lease expires | "
    "Lease end | Lease end date | End Date | End of lease | End of term | Term end | "
    "Term end date | Term expiry | Term expiry date | Termination date | Lease termination | "
    "Lease termination date | Contractual expiry | Contractual expiry date | Date of expiry | "
    "Expiration date | Lease to | To | Date to | Tenancy end | Tenancy end date | "
    "Agreement end date | Lease expiration date",
    break_dates="Break dates | Break date | Lease break date | Break option date | "
    "Next break date | Earliest break date | Actual break date | Last break date | "
    "Tenant break date | Next break | Lease break | Break option | Break options | "
    "Break clause date | Date of break | Tenant's break date | First break date | "
    "Second break date | Earliest termination date | Break",
    break_notice_months="Break notice term | Break notice | Notice period | "
    "Break notice period | Notice period (months) | Break notice (months) | "
    "Break notice period (months) | Notice months | Notice required | Break notice term (months) | "
    "Notice term | Months notice | Notice to break",
    break_penalty_gbp="Break penalty | Break penalty payment | Penalty | Penalty on break | "
    "Break premium | Break payment | Break cost | Cost of break | Break clause penalty",
    annual_rent_gbp="Annual rent | Rent | Passing rent | Current rent | Rent per annum | Rent pa | "
    "Rent payable | Annual rent payable | Annual rental | Rental | Contract rent | "
    "Current annual rent | Rent (per annum) | Rent passing | Yearly rent | Gross rent | "
    "Rent paid | Annual rent (£) | Net rent | Annual lease cost",
    dilapidations_gbp="Dilapidations | Dilapidation | Dilapidations liability | "
    "Dilapidation liability | Dilapidations estimate | Estimated dilapidations | "
    "Dilapidations cost | Dilapidation cost | Dilapidations provision | Dilaps",
)
DEMAND = _listed(
    demand_id="oaYYcd | lsoaYYcd | oacd | lsoacd | OA code | OA code (YYYY) | OAYY | LSOA code | "
    "LSOA code (YYYY) | lsoa_code | lsoaYY_code | LSOAYYCode | oaYY_code | oa_code | lsoa_cd | "
    "LSOA YYYY code | LSOA code YYYY | lsoa_code_YYYY | Output area code | Output area | "
    "Output areas code | "
    "Output Areas | Lower layer super output area code | "
    "Lower layer Super Output Areas Code | Lower super output area code | "
    "LSOAYY | LSOA | LSOA YYYY | OA | SOA code | Small area code | Data zone | DataZone | "
    "Data zone code | DZ code | dzYYcd | DZYYYY | SAYYYY | SAYYYYcode | geography code | "
    "geography_code | GeographyCode | GEOGRAPHY_CODE | Area code | area_code | AREA_CODE | "
    "Area codes | Code | mnemonic | FeatureCode | Feature code | GSS code | gss_code | geo_code | "
    "GEO_ID | zone_id | zonecode | Zone code | msoaYYcd | MSOA code | MSOA code (YYYY) | "
    "Middle layer Super Output Areas Code | Middle layer super output area code | "
    "id | site_id | asset_id | Zone | Zone ID",
    name="lsoaYYnm | oaYYnm | LSOA name | LSOA name (YYYY) | lsoaYY_name | LSOAYYNAME | "
    "lsoa_name | "
    "lsoanm | LSOA YYYY name | LSOA name YYYY | Lower layer super output area name | "
    "Lower layer Super Output Areas | Lower super output area name | Data zone name | "
    "dzYYnm | geography name | geography_name | GEOGRAPHY_NAME | Area name | area_name | "
    "Area names | Place | Place name | Area | msoaYYnm | MSOA name | MSOA name (YYYY) | "
    "Middle layer Super Output Areas | lsoaYYnmw | geography | Zone name | Neighbourhood | "
    "2021 super output area - lower layer | 2011 super output area - lower layer",
    population="Population (Total) | Total population | all_ages | All ages | "
    "Total population: mid YYYY (excluding prisoners) | Total population: mid YYYY | "
    "Total population mid YYYY | Mid-YYYY population | Mid YYYY population | "
    "Population mid-YYYY | Population YYYY | YYYY population | Population (YYYY) | "
    "Population estimate | Population estimate YYYY | Mid-year estimate | "
    "Mid-year population estimate | MYE YYYY | MYEYYYY | popYYYY | pop_YYYY | popYY | pop | "
    "TotPop | tot_pop | TotalPop | total_pop | pop_total | poptotal | Population total | "
    "All persons | All people | Persons | All usual residents | Usual residents | "
    "Usual resident population | Resident population | Residents | Number of residents | People | "
    "Number of people | Total persons | Total people | All residents | Age: Total | "
    "Total: All usual residents | Age: Total: All usual residents | "
    "Residence type: Total; measures: Value | Residence type: Total | "
    "Sex: All persons; Age: All Ages; measures: Value | Sex: All persons; Age: Total | "
    "Variable: All usual residents; measures: Value | Total: All persons | "
    "Age: Total; measures: Value | All categories: Age | Census population | "
    "Patients | Patient | Patient count | Registered patients | POPYYYYMID | Total | "
    "Total usual residents | Total resident population | total_population | OBS_VALUE | "
    "Observation | Observation value",
    households="Number of households | Total households | All households | Household count | "
    "Household spaces | HHOLDS | hh | HH_total | Households total | "
    "Total: All households | Number of cars or vans: Total: All households | "
    "Household composition: Total; measures: Value",
    no_car_households="No car households | Households without a car | Households with no car | "
    "Households without a car or van | Households with no car or van | "
    "No cars or vans in household | No cars or vans | No car or van in household | No car | "
    "No cars | Households with no cars or vans | "
    "Number of cars or vans: No cars or vans in household | "
    "Number of cars or vans: No cars or vans in household; measures: Value | carless households | "
    "Car or van availability: No cars or vans in household",
    under_5="under_5s | Under 5s | Under five | Under fives | Aged 0 to 4 | aged_0_to_4 | "
    "Age 0 to 4 | Ages 0 to 4 | 0 to 4 | 0-4 years | 0 to 4 years | Aged 0-4 | Age 0-4 | "
    "Population aged 0-4 | Population (0-4) | Population aged 0 to 4 | Aged 4 years and under | "
    "Age: Aged 4 years and under | Age: Aged 4 years and under; measures: Value | "
    "Aged under 5 | Population under 5 | Children under 5 | People aged under 5 | Age under 5 | "
    "Age 0 to 4 years",
    over_65="aged_65_and_over | Aged 65 and over | 65 and over | 65 years and over | "
    "Aged 65 years and over | Age 65 and over | Ages 65 and over | People aged 65 and over | "
    "Population aged 65 and over | Population 65 and over | Population (65+) | 65+ | Aged 65+ | "
    "Age 65+ | 65 plus | Aged 65 plus | Over 65s | Over 65 | pop_65_plus | pop65plus | "
    "65 or over | Aged 65 or over | Persons aged 65 and over | Older people 65+ | "
    "Residents aged 65 and over | Age: 65 and over",
    imd_decile="IMD decile | IMDDecile | IMDDecil | IMDDec0 | IMD_Dec | imd_decil | IMDDec | "
    "Index of Multiple Deprivation (IMD) Decile | "
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs) | "
    "Index of Multiple Deprivation Decile | Index of multiple deprivation decile YYYY | "
    "IMD decile YYYY | IMD YYYY decile | imdYYYY_decile | imd_decile_YYYY | IMDDecileYYYY | "
    "IMDDYY | IMDYY decile | imdYY_decile | Deprivation decile | "
    "Index of Multiple Deprivation (IMD) Decile (YYYY) | WIMD decile | WIMD YYYY decile | "
    "WIMD YYYY overall decile | SIMD decile | SIMDYYYY decile | SIMDYYYY_Decile | "
    "SIMDYYYYv2_Decile | NIMDM decile",
    rural_urban="RUCYY | RUCYYNM | RUCYYCD | RUC | ruc_name | Rural urban | "
    "Urban_rural_flag | Urban rural flag | Urban/Rural | Rural/Urban | Rural or urban | "
    "Rural urban classification | Rural Urban Classification YYYY | "
    "Rural Urban Classification YYYY (10 fold) | Rural Urban Classification YYYY (2 fold) | "
    "Rural Urban Classification YYYY code | Rural urban classification description | "
    "Rural urban classification code | Rural Urban Classification (YYYY) | RUC YYYY | RUCYYYY | "
    "ruYYind | ruralurban | urban_rural | Settlement type | RUCYY_name | RUCYY_code | RUCYY code",
    ward_code="wdYYcd | Ward code | Ward code (YYYY) | WardCode | Electoral ward code | "
    "ward_gss | osward | Ward | Electoral ward | Ward ONS code",
    district_id="ladYYcd | ltlaYYcd | utlaYYcd | Local Authority District code (YYYY) | "
    "Local Authority District code | Local authority code | LA code | LADCode | lad_code | "
    "la_code | laua | oslaua | District code | Lower tier local authorities Code | "
    "Local authority district code (YYYY)",
    postcode_district="Postal district | Outcode | Outward code | PCD district | pcdistrict | "
    "Post code district",
    geography="Geography type | Geography level | Area type | geography_type | GeographyType | "
    "Level | Geographic level | geography",
    sex="Gender | SEX_NAME | Sex name | Sex (2 categories) | Sex label",
)
AREAS = _listed(
    area_id="wdYYcd | cedYYcd | parYYcd | parnccpYYcd | buaYYcd | ladYYcd | ltlaYYcd | utlaYYcd | "
    "ctyuaYYcd | ctyYYcd | fraYYcd | pfaYYcd | msoaYYcd | lsoaYYcd | oaYYcd | area_code | "
    "Area code | Ward code | WardCode | District code | Local authority code | "
    "Local Authority District code | LAD code | GSS code | gss_code | gsscode | GSS_ID | "
    "CODE | geography code | geo_code | Pilot area | Locality code | Town code | ID | "
    "Area ID | Ref | Identifier | census_code | Neighbourhood code | Area number | Area ref | "
    "Cluster code | Zone code",
    name="wdYYnm | cedYYnm | parYYnm | buaYYnm | ladYYnm | ltlaYYnm | utlaYYnm | ctyuaYYnm | "
    "ctyYYnm | fraYYnm | pfaYYnm | msoaYYnm | lsoaYYnm | oaYYnm | area_name | Area name | "
    "Ward name | Ward | WardName | District name | Local authority name | Local authority | "
    "LAD name | geography name | NAME1_TEXT | name1_text | Locality | Locality name | Town | "
    "Town name | Pilot area name | Title | Neighbourhood | Neighbourhood name | Cluster name | "
    "Zone name | Label",
    kind="Area kind | Kind of area | Area type | Type | Level | Geography | AREA_CODE_TYPE",
)
COMPATIBILITY = _listed(
    service_a="Service 1 | First service | Service A",
    service_b="Service 2 | Second service | Service B",
    cost_gbp="Cost | Cost of sharing",
    note="Notes | Reason | Comment | Comments",
)
