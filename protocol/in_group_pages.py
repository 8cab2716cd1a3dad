"""The in-groups of an agent as pages that a real-time report shows inside itself: to read, or a form to change them.

The names of the form's fields, and of the functions that the report brings along, are those that such reports know.
Source: spec agent_ingroup_info; the markup is our own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from protocol.select_frame import script_text

WAYS = ("CHANGE - Set in-groups to these", "ADD - Add these in-groups", "REMOVE - Remove these in-groups")
PHRASES = (
    *("Agent", "Campaign", "Close", "SELECTED INGROUPS", "OUTBOUND AUTODIAL", "MANAGER OVERRIDE", "MANAGER", "In-Groups", "Name"),
    *("Change, Add, Remove", *WAYS),
    *("Blended", "Yes", "No", "Set as default", "Ring time", "No In-Groups Allowed", "SUBMIT CHANGES"),
)

Phrase = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class InGroup:
    """An in-group of the agent's campaign, and whether the agent takes calls from it."""

    group_id: str
    name: str
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the pages show of an agent; `ring_time` in seconds, None for an agent that is not on hook."""

    user: str
    full_name: str
    campaign_id: str
    in_groups: Sequence[InGroup]
    selected: str
    outbound_autodial: str
    override: str
    manager: str
    manager_name: str
    ring_time: int | None
    may_blend: bool
    may_set_default: bool


def information(agent: Shown, phrase: Phrase) -> str:
    """The page to read."""
    rows = [
        f"<tr><td>{escape(group.group_id)}{' *' if group.selected else ''}</td><td>{escape(group.name)}</td></tr>\n"
        for group in agent.in_groups
    ]
    facts = {
        "SELECTED INGROUPS": agent.selected,
        "OUTBOUND AUTODIAL": agent.outbound_autodial,
        "MANAGER OVERRIDE": agent.override,
        "MANAGER": agent.manager,
    }
    return (
        f"{_head(agent, phrase)}<table>\n<tr><th>{_said('In-Groups', phrase)}</th><th>{_said('Name', phrase)}</th></tr>\n"
        f"{''.join(rows)}</table>\n" + "".join([f"{_said(name, phrase)}: {escape(value)}<BR>\n" for name, value in facts.items()])
    )


def form(agent: Shown, phrase: Phrase) -> str:
    """The page to change them; what the agent or the caller may not choose is disabled."""
    options = [_option(group.group_id, f"{group.group_id} - {group.name}", selected=group.selected) for group in agent.in_groups]
    none = [] if options else [_option("", phrase("No In-Groups Allowed"))]
    ways = [_option(way.partition(" ")[0], phrase(way)) for way in WAYS]
    blended = agent.may_blend and agent.outbound_autodial == "Y"
    on_hook = "" if agent.ring_time is None else f"{_said('Ring time', phrase)}: {agent.ring_time}<BR>\n"
    override = f"{agent.override} - {agent.manager} - {agent.manager_name}"
    submit = escape(f"submit_ingroup_changes({script_text(agent.user)})")
    return (
        f'{_head(agent, phrase)}<form onsubmit="return false">\n'
        f'<input type="hidden" name="agent_user" id="agent_user" value="{escape(agent.user)}">\n'
        f"{on_hook}"
        '<select size="10" name="ingroup_new_selections" id="ingroup_new_selections" multiple>\n'
        f"{''.join(options or none)}</select><BR>\n"
        f"{_said('Change, Add, Remove', phrase)}: "
        f'<select name="ingroup_add_remove_change" id="ingroup_add_remove_change">\n{"".join(ways)}</select><BR>\n'
        f"{_yes_or_no('Blended', 'blended', phrase, yes=blended, enabled=agent.may_blend)}"
        f"{_yes_or_no('Set as default', 'set_as_default', phrase, yes=False, enabled=agent.may_set_default)}"
        f"{escape(override) + '<BR>' if agent.override in ('SET', 'Y') else ''}\n"
        f'<input type="button" name="SUBMIT" value="{_said("SUBMIT CHANGES", phrase)}" onclick="{submit}">\n</form>\n'
    )


def _head(agent: Shown, phrase: Phrase) -> str:
    return (
        f"{_said('Agent', phrase)}: {escape(f'{agent.user} - {agent.full_name}')}<BR>\n"
        f"{_said('Campaign', phrase)}: {escape(agent.campaign_id)}<BR>\n"
        f'<a href="#" onclick="hide_ingroup_info(); return false">{_said("Close", phrase)}</a>\n'
    )


def _yes_or_no(label: str, name: str, phrase: Phrase, *, yes: bool, enabled: bool) -> str:
    options = _option("YES", phrase("Yes"), selected=yes) + _option("NO", phrase("No"), selected=not yes)
    disabled = "" if enabled else " DISABLED"
    return f'{_said(label, phrase)}: <select name="{name}" id="{name}"{disabled}>\n{options}</select><BR>\n'


def _option(value: str, shown: str, *, selected: bool = False) -> str:
    return f'<option value="{escape(value)}"{" SELECTED" if selected else ""}>{escape(shown)}</option>\n'


def _said(english: str, phrase: Phrase) -> str:
    return escape(phrase(english))
