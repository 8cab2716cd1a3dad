"""The columns of a lead that update_lead sets, and what a request sends for them.

Source: spec update_lead, section 4a.
"""

from collections.abc import Mapping
from typing import Any

AS_NAMED = (
    "status vendor_lead_code source_id title first_name middle_initial last_name address1 address2 address3 city state province "
    "postal_code country_code gender date_of_birth alt_phone email security_phrase comments owner"
).split()
"""Columns that take the parameter of the same name, and that --BLANK-- empties."""
BLANKS = frozenset({"--BLANK--", "\u2013BLANK\u2013"})
"""What empties a column; the second is how the API's document prints it."""


def sent_fields(request: Any, raw: Mapping[str, str]) -> dict[str, str]:
    """The columns a request sets: those sent, and "" for those sent as --BLANK--, which the cleaning would cut apart."""
    numbers = {"gmt_offset_now": request.gmt_offset_now, "rank": request.rank, "called_count": request.called_count}
    sent = {name: getattr(request, name) for name in AS_NAMED} | numbers
    sent["user"] = request.user_field
    sent["list_id"] = request.list_id_field
    if request.custom_fields != "Y":
        sent["entry_list_id"] = request.entry_list
    if request.update_phone_number == "Y":
        sent["phone_number"] = request.phone_number
    if request.reset_lead == "Y":
        sent["called_since_last_reset"] = "N"
    values = {name: value.replace("\n", "!N") for name, value in sent.items() if value}
    values.update((name, "") for name in AS_NAMED if raw.get(name) in BLANKS)
    if raw.get("user_field") in BLANKS:
        values["user"] = ""
    return values
