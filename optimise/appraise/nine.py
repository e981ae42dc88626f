"""The nine factors of a shared site: what they are called, and in which order they are told."""

from __future__ import annotations

from collections.abc import Mapping

#: Suffolk's nine factors for a shared site, in its order: key -> what a reader calls it.
FACTORS: Mapping[str, str] = {
    "operational_location": "Operational location",
    "properties_considered": "All properties in the area considered",
    "value_for_money": "Value for money and running cost",
    "planning": "Planning and legal constraints",
    "views": "Views of those affected",
    "limits_of_upgrade": "Limits of the upgrade on either service",
    "community_benefit": "Benefit to the community",
    "disabled_access": "Access for disabled people",
    "carbon_energy": "Carbon and energy",
}
