"""The second half of update_list: what is said and logged of the reset and of the deletes, in their order.

Source: spec update_list, sections reset_list, delete_list and delete_leads. The reply tells how many leads a reset
changed, as the document shows; the reference leaves that empty.
"""

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from dialer.admin_log import AdminEvent, write_admin_log
from protocol.functions import Caller, Moment
from protocol.replies import Line, Said, notice
from protocol.sweeps import Swept

RESET = notice("update_list LEADS IN LIST HAVE BEEN RESET - {user}|{list_id}|{reset}", "{list_id}|")
RESET_FAILED = notice(
    "update_list LIST RESET FAILED, daily reset limit reached: {resets_today} / {limit} - {user}|{list_id}",
    "{list_id}",
    reason="update_list LIST RESET FAILED, daily reset limit reached: {resets_today} / {limit}",
)
MAY_NOT_DELETE_LIST = notice("update_list USER DOES NOT HAVE PERMISSION TO DELETE LISTS: |{user}|0", "0")
LIST_DELETED = notice("update_list LIST HAS BEEN DELETED - {user}|{list_id}|1", "{list_id}|1")
MAY_NOT_DELETE_LEADS = notice("update_list USER DOES NOT HAVE PERMISSION TO DELETE LEADS: |{user}|0", "0")
LEADS_DELETED = notice("update_list LEADS IN LIST HAVE BEEN DELETED - {user}|{list_id}|{deleted}", "{list_id}|{deleted}")


class Asked(Protocol):
    """What a request asks to be done to the list and its leads."""

    @property
    def list_id(self) -> str: ...
    @property
    def client_ip(self) -> str: ...
    @property
    def reset_list(self) -> str: ...
    @property
    def delete_list(self) -> str: ...
    @property
    def delete_leads(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """Lines and rows of the admin log, in order."""

    said: list[Said] = field(default_factory=list)
    events: list[AdminEvent] = field(default_factory=list)


def may_delete_leads(request: Asked, caller: Caller) -> bool:
    """Whether the leads are to be deleted: a delete of the list that is refused ends the request before."""
    return request.delete_leads == "Y" and {"delete_lists", "modify_leads"} <= caller.rights


def ending(request: Asked, caller: Caller, swept: Swept) -> Ending:
    """What is to be said and logged once everything is done."""
    made = Ending()
    values = {"user": caller.user, "list_id": request.list_id, "reset": swept.reset, "deleted": swept.deleted, **swept.claimed}

    def say(line: Line, kind: str = "", code: str = "", note: str = "") -> None:
        made.said.append(Said(line, values))
        if code:
            event = AdminEvent(
                user=caller.user, client_ip=request.client_ip, section="LISTS", kind=kind, record_id=request.list_id, code=code, note=note
            )
            made.events.append(event)

    if request.reset_list == "Y" and swept.claimed["done"]:
        note = f"{swept.reset} leads reset, list resets today: {swept.claimed['resets_today']}"
        say(RESET, "RESET", "ADMIN API RESET LIST", note)
    elif request.reset_list == "Y":
        note = f"daily list resets limit reached: {swept.claimed['resets_today']} / {swept.claimed['limit']}"
        say(RESET_FAILED, "RESET", "ADMIN API RESET LIST FAILED", note)
    if request.delete_list == "Y":
        if "delete_lists" not in caller.rights:
            say(MAY_NOT_DELETE_LIST)
            return made
        say(LIST_DELETED, "DELETE", "ADMIN API DELETE LIST", f"list: {request.list_id}")
    if request.delete_leads == "Y":
        if may_delete_leads(request, caller):
            say(LEADS_DELETED, "DELETE", "ADMIN API DELETE LEADS", f"list: {request.list_id}|{swept.deleted} leads")
        else:
            say(MAY_NOT_DELETE_LEADS)
    return made


def write_ending(made: Ending, moment: Moment, connection: Connection) -> None:
    """Write the rows of the admin log."""
    write_admin_log(made.events, moment, connection)
