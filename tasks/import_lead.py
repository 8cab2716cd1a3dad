"""import_lead: add_lead where a duplicate is updated in its place, as update_lead would. Imports only; no caller can ask for it.

Nothing is decided here: a row goes through add_lead, and one that it refuses as a duplicate through update_lead with the
lead that was found. Empty values change nothing, the telephone and the list of a lead stay what they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from sqlalchemy import Connection

from dialer.leads import NewLead
from protocol.functions import LATER, UNKNOWN, Caller, Claimed, Decision, Moment, Write
from protocol.records import record
from protocol.replies import Reply
from tasks import add_lead, lead_facts, update_lead
from tasks.add_lead import DUPLICATES, AddLead
from tasks.lead_facts import LeadFacts
from tasks.update_lead import UPDATED, UpdateLead


@record(kw_only=True)
class ImportLead(AddLead):
    """The parameters of add_lead."""


_SHARED = [f.name for f in fields(UpdateLead) if f.name in {g.name for g in fields(AddLead)} and f.name != "list_id"]
_REFUSED_AS_DUPLICATE = frozenset(map(id, DUPLICATES.values()))


def load(requests: Sequence[ImportLead], callers: Sequence[Caller], moment: Moment, connection: Connection) -> LeadFacts:
    """What add_lead wants to know, and of the leads found as duplicates what update_lead does."""
    facts = lead_facts.load(requests, callers, moment, connection)
    found = [(update, caller) for request, caller in zip(requests, callers, strict=True) for update in _updates(request, facts)]
    if not found:
        return facts
    updates, theirs = zip(*found, strict=True)
    return lead_facts.load([*requests, *updates], [*callers, *theirs], moment, connection)


def _updates(request: ImportLead, facts: LeadFacts) -> Iterable[UpdateLead]:
    known = facts.duplicate_of(request) if request.duplicate_check else None
    return [_update(request, known[1].lead_id)] if known else []


def _update(request: ImportLead, lead_id: object) -> UpdateLead:
    return UpdateLead(lead_id=str(lead_id), **{name: getattr(request, name) for name in _SHARED})


def decide(request: ImportLead, caller: Caller, facts: LeadFacts) -> Decision:
    """Add the lead, or change the one that it would be a duplicate of."""
    decision = add_lead.decide(request, caller, facts)
    if not decision.said or id(decision.said[-1].line) not in _REFUSED_AS_DUPLICATE:
        return decision
    *before, refused = decision.said
    found = refused.values["found_lead"]
    if isinstance(found, NewLead):  # a row before this one, that is not stored yet
        return LATER
    update = update_lead.decide(_update(request, found), caller, facts)
    if update is LATER:
        return LATER
    said = update.said or [UPDATED(user=caller.user, lead_id=found, rows=0, phone_number=request.phone_number, list_id=request.list_used)]
    return Decision([*before, *said], update.work)


def store(decisions: Sequence[Decision], facts: LeadFacts, connection: Connection) -> list[Reply]:
    """Store what a batch decided; the reply to an update tells the lead too."""
    replies = lead_facts.store(decisions, facts, connection)
    return [replace(r, lead_id=updated_lead(d)) if not r.lead_id else r for r, d in zip(replies, decisions, strict=True)]


def updated_lead(decision: Decision) -> int:
    """The lead that an accepted update changes, 0 if there is none."""
    return next((int(str(said.values["lead_id"])) for said in decision.said if said.line is UPDATED), 0)


def recover(request: ImportLead, caller: Caller, moment: Moment, claimed: Claimed, connection: Connection) -> Reply | None:
    """As add_lead; an update may be done again, but for what it adds beside the lead."""
    found = add_lead.recover(request, caller, moment, claimed, connection)
    return UNKNOWN if found is None and "Y" in (request.add_to_hopper, request.callback) else found


FUNCTION = Write(
    name="import_lead",
    request=ImportLead,
    permission=add_lead.FUNCTION.permission,
    load=load,
    decide=decide,
    store=store,
    list_restricted=True,
    recover=recover,
)
