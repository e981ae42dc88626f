"""Words that registers write in a closed column -> the planner's word for the same thing.

Keys are slugs (`assets.cells.slug`): "Occupied by the local authority" and "OCCUPIED BY THE
LOCAL AUTHORITY " are one. A word is here only if it can mean nothing else in its column; what
needs a judgement ("let", "community run") stays as written and is reported.
"""

from __future__ import annotations

Words = tuple[tuple[str, str], ...]


def _meaning(**words: str) -> Words:
    """Pairs (published word, planner's word) from ``planner_word="word word ..."``."""
    return tuple((word, planner) for planner, listed in words.items() for word in listed.split())


#: Tenure: how the body that publishes the register holds the property.
TENURE = _meaning(
    freehold="free_hold freehold_title freehold_interest freehold_ownership freehold_owned f_h fh "
    "f owned_freehold council_freehold council_owned_freehold freeholder absolute_freehold "
    "title_absolute possessory_freehold freehold_possessory freehold_absolute freehold_land "
    "freehold_property freehold_registered freehold_unregistered registered_freehold "
    "unregistered_freehold freehold_occupied_by_the_authority freehold_occupied_by_authority "
    "freehold_occupied_by_the_local_authority freehold_occupied_by_local_authority "
    "freehold_owner_occupied freehold_vacant freehold_operational freehold_surplus "
    "flying_freehold freehold_part freehold_leased_out freehold_let freehold_and_let "
    "freehold_subject_to_lease freehold_subject_to_leases freehold_ground_leased_out",
    leasehold="lease_hold leasehold_in leasehold_title leasehold_interest l_h lh l long_leasehold "
    "long_lease short_leasehold short_lease leased leased_in lease_in sub_leasehold subleasehold "
    "sub_lease sublease underlease under_lease ground_leasehold ground_lease headlease head_lease "
    "head_leasehold virtual_freehold leasehold_long leasehold_short lease leaseholder "
    "leasehold_peppercorn peppercorn_lease rented tenancy tenancy_at_will "
    "leasehold_occupied_by_the_authority leasehold_occupied_by_authority "
    "leasehold_occupied_by_the_local_authority leasehold_occupied_by_local_authority "
    "leasehold_vacant leasehold_operational leasehold_25_years leasehold_99_years "
    "leasehold_125_years leasehold_999_years leasehold_over_50_years leasehold_absolute "
    "leasehold_good good_leasehold",
    licence="license licensed licenced licence_in licence_to_occupy license_to_occupy "
    "occupational_licence under_licence held_under_licence licensee",
    other="other_tenure mixed mixed_tenure freehold_and_leasehold freehold_leasehold "
    "freehold_part_leasehold part_freehold_part_leasehold pfi commonhold easement wayleave "
    "trust trustee held_in_trust statutory none_statutory management_agreement",
)

#: Status of a building or site.
STATUS = _meaning(
    operational="occupied occupied_by_the_authority occupied_by_authority occupied_by_the_council "
    "occupied_by_council occupied_by_the_local_authority occupied_by_local_authority "
    "occupied_by_la occupied_by_the_la la_occupied council_occupied authority_occupied "
    "occupied_by_fire_authority occupied_by_the_fire_authority occupied_by_the_county_council "
    "occupied_by_county_council owner_occupied in_use in_operation active open current live "
    "operational_building operational_property operational_asset operational_land "
    "operational_use occupied_operational fully_occupied partially_occupied part_occupied "
    "partly_occupied occupied_by_owner council_use service_use service_occupied",
    vacant="vacant_temporarily temporarily_vacant void empty unoccupied disused not_in_use "
    "unused not_occupied vacant_building "
    "vacant_property vacant_land mothballed currently_vacant vacant_possession",
    surplus="declared_surplus surplus_to_requirements surplus_asset surplus_property "
    "surplus_land surplus_held_for_disposal surplus_for_disposal identified_for_disposal "
    "for_disposal held_for_disposal held_for_sale asset_held_for_sale assets_held_for_sale "
    "for_sale on_the_market disposal under_offer vacant_and_surplus surplus_vacant "
    "vacant_surplus to_be_disposed",
    candidate="proposed planned potential_site candidate_site option proposed_site",
)

#: Crewing of a fire station. Two systems at one station: the quicker counts, which is the
#: wholetime one; the mapping is listed cell by cell.
DUTY_SYSTEM = _meaning(
    wholetime="w wt w_t whole_time whole_time_duty wholetime_duty wholetime_station full_time "
    "fulltime ft 24_7 24_hour wds wholetime_shift shift wholetime_shift_duty shift_station "
    "wholetime_24_7 wholetime_24_hour 2_2_4 224 wholetime_retained wholetime_and_retained "
    "wholetime_and_on_call wholetime_on_call wholetime_rds wt_rds wt_and_rds w_rds w_and_rds "
    "wt_r wt_ret wds_rds whole_time_and_retained whole_time_retained wholetime_plus_retained "
    "wholetime_plus_on_call wholetime_and_rds wholetime_and_day_crewed wholetime_wt wt_oc "
    "wt_on_call mixed_wholetime_and_retained mixed_wholetime_and_on_call mixed_wt_rds "
    "whole_time_and_on_call wholetime_wholetime wt_wt wt_wt_rds",
    day_crewed="dc d_c day_crew day_crewing day_staffed day_staffing day_duty ds d_s "
    "day_crewed_plus day_crewing_plus dcp dc_plus day_crewed_retained day_crewed_and_retained "
    "day_crewed_and_on_call day_crewed_on_call day_crewed_rds dc_rds dc_and_rds ds_rds "
    "day_staffing_and_retained day_staffing_retained day_staffing_and_on_call "
    "day_staffing_rds day_manned day_duty_system dds day_shift day_shift_station "
    "low_level_activity_and_risk llar nucleus nucleus_crewing wholetime_day_crewed "
    "wholetime_day_crewing wholetime_day_staffed wholetime_day_staffing wholetime_days "
    "wholetime_days_only days_only annualised_day_crewed day_crewed_annualised 7_day_crewing "
    "5_day_crewing day_crewed_station wholetime_day_shift wholetime_day_shift_and_retained "
    "day_crewed_dc flexi_day_crewed flexible_day_crewing",
    on_call="oncall oc o_c rds r ret retained retained_duty retained_duty_system "
    "retained_station on_call_station on_call_duty_system on_call_duty retained_on_call "
    "on_call_retained retained_firefighters part_time volunteer volunteers voluntary vol v "
    "retained_volunteer retained_rds rds_retained on_call_rds on_call_oc on_call_rds_station",
    self_rostered="self_rostering self_rostered_crewing self_roster self_rostered_duty_system "
    "self_rostered_crew srds self_managed_rostering",
)  # fmt: skip

#: Official rural-urban classifications: 2001, 2011 and 2021, names and codes.
RURAL_URBAN = _meaning(
    urban="urban_major_conurbation urban_minor_conurbation urban_city_and_town "
    "urban_city_and_town_in_a_sparse_setting urban_major_conurbations urban_with_major_conurbation "
    "urban_with_minor_conurbation urban_with_city_and_town urban_nearer_to_a_major_town_or_city "
    "urban_further_from_a_major_town_or_city urban_10k urban_10k_less_sparse urban_10k_sparse "
    "urban_area urban_areas urban_population_over_10_000 large_urban_areas other_urban_areas "
    "a1 b1 c1 c2 un1 uf1 u urban_less_sparse urban_sparse predominantly_urban large_urban "
    "other_urban major_urban",
    rural="rural_town_and_fringe rural_town_and_fringe_in_a_sparse_setting rural_village "
    "rural_village_in_a_sparse_setting rural_hamlets_and_isolated_dwellings "
    "rural_hamlets_and_isolated_dwellings_in_a_sparse_setting rural_village_and_dispersed "
    "rural_village_and_dispersed_in_a_sparse_setting rural_hamlet_and_isolated_dwellings "
    "rural_hamlet_and_isolated_dwellings_in_a_sparse_setting "
    "rural_hamlets_isolated_dwellings rural_hamlets_isolated_dwellings_in_a_sparse_setting "
    "town_and_fringe town_and_fringe_less_sparse town_and_fringe_sparse village "
    "village_less_sparse village_sparse hamlet_and_isolated_dwellings "
    "hamlet_and_isolated_dwelling_less_sparse hamlet_and_isolated_dwelling_sparse "
    "larger_rural_nearer_to_a_major_town_or_city larger_rural_further_from_a_major_town_or_city "
    "smaller_rural_nearer_to_a_major_town_or_city "
    "smaller_rural_further_from_a_major_town_or_city "
    "smaller_rural larger_rural "
    "rural_area rural_areas d1 d2 e1 e2 f1 f2 rln1 rlf1 rsn1 rsf1 r rural_less_sparse "
    "rural_sparse predominantly_rural accessible_rural remote_rural "
    "accessible_rural_areas remote_rural_areas very_remote_rural rural_town",
)

_GRADES = {
    "A": "good excellent as_new good_condition performing_as_intended",
    "B": "satisfactory fair adequate satisfactory_condition",
    "C": "poor poor_condition",
    "D": "bad very_poor unsatisfactory life_expired bad_condition",
}


def _graded() -> Words:
    """Condition grades as letters with their words, in either order."""
    pairs: dict[str, str] = {}
    for grade, words in _GRADES.items():
        letter = grade.lower()
        for word in words.split():
            pairs |= dict.fromkeys((word, f"{letter}_{word}", f"{word}_{letter}"), grade)
        for lead in ("grade", "category", "condition", "cat", "condition_grade"):
            pairs[f"{lead}_{letter}"] = grade
        pairs[f"{'ABCD'.index(grade) + 1}_{words.split()[0]}"] = grade
    return tuple(pairs.items())


#: Condition grades A to D. A bare figure (1 to 4) is left alone: scales run both ways.
CONDITION = _graded()

#: How sure a receipt is; of red, amber and green, green is the surest.
CONFIDENCE = _meaning(
    high="green certain firm very_likely confident high_confidence secured exchanged",
    medium="amber likely probable moderate medium_confidence fair",
    low="red unlikely speculative uncertain at_risk low_confidence unsure",
)
#: What a building's capital cost is like (Green Book supplementary guidance on optimism bias).
BUILDING_CLASS = _meaning(
    standard="standard_building standard_buildings standard_build std",
    non_standard="nonstandard non_standard_building non_standard_buildings special specialist "
    "specialised",
)

#: What a building is used for, where registers have another word for one of the usual types.
USE = _meaning(
    childrens_centre="children_s_centre childrens_centres sure_start_centre surestart_centre "
    "sure_start_childrens_centre",
    fire_station="fire_stations community_fire_station fire_and_rescue_station fire_rescue_station",
    police_station="police_stations",
    ambulance_station="ambulance_stations",
    library="libraries public_library static_library community_library branch_library "
    "local_authority_run_library",
    leisure_centre="leisure_centres sports_centre leisure_center",
    register_office="registry_office registration_office registrars_office register_offices",
    town_hall="city_hall county_hall shire_hall town_halls",
    community_hall="community_centre village_hall community_centres community_hall_centre",
    health_centre="health_centres medical_centre",
    day_centre="day_centres day_care_centre",
    school="schools primary_school secondary_school academy special_school infant_school "
    "junior_school nursery_school",
    office="offices office_building council_offices administrative_office civic_offices",
    land="land_only open_land",
)
#: What a unit delivers, where registers have another word for one of the usual services.
SERVICE = _meaning(
    fire="fire_and_rescue fire_rescue fire_service fire_and_rescue_service fire_brigade",
    police="police_service policing police_force",
    ambulance="ambulance_service",
    library="libraries library_service public_library",
    childrens_centre="childrens_centres sure_start",
    register_office="registration registrars registration_service registry_office",
    adult_learning="adult_education adult_and_community_learning",
    day_centre="day_centres day_care day_services",
    advice="advice_service citizens_advice",
    customer_access="customer_services customer_service_centre one_stop_shop contact_centre",
    office="offices",
    health="health_service health_centre gp_surgery",
)
