"""The API user of the document's examples: 6666 with the password 1234, who may do everything."""

from sqlalchemy import Column, Connection, insert

from db.tables.users import vicidial_users
from db.types import Enum

USER, PASSWORD = "6666", "1234"

# Rights by name; what hides something from the user or restricts it is no right.
RIGHTS = ("delete_", "modify_", "view_", "export_", "access_", "add_", "ast_", "admin_cf_", "qc_", "alter_")
FURTHER_RIGHTS = (
    "load_leads campaign_detail hotkeys_active change_agent_campaign vdc_agent_api_access download_lists callcard_admin "
    "custom_fields_modify agentcall_manual closer_default_blended"
)


def load_administrator(connection: Connection) -> None:
    """Insert the user with level 9, every right and every function."""
    row = {
        "user": USER,
        "pass": PASSWORD,
        "full_name": "Admin",
        "user_level": 9,
        "user_group": "ADMIN",
        "phone_login": "350a",
        "phone_pass": "test",
        "api_allowed_functions": " ALL_FUNCTIONS ",
    }
    connection.execute(insert(vicidial_users), row | dict.fromkeys(filter(_is_right, vicidial_users.c.keys()), "1"))


def _is_right(name: str) -> bool:
    column: Column[object] = vicidial_users.c[name]
    switch = isinstance(column.type, Enum) and {"0", "1"} <= set(column.type.choices.split(","))
    return switch and (name.startswith(RIGHTS) or name in FURTHER_RIGHTS.split())
