"""Statuses of leads: for all campaigns, for one campaign, and their categories."""

from sqlalchemy import Column, Index, Table

from db.tables.metadata import legacy
from db.types import Enum, Int, Varchar

vicidial_statuses = Table(
    "vicidial_statuses",
    legacy,
    Column("status", Varchar(6), primary_key=True),
    Column("status_name", Varchar(30)),
    Column("selectable", Enum("Y,N"), server_default="N"),
    Column("human_answered", Enum("Y,N"), server_default="N"),
    Column("category", Varchar(20), server_default="UNDEFINED"),
    Column("sale", Enum("Y,N"), server_default="N"),
    Column("dnc", Enum("Y,N"), server_default="N"),
    Column("customer_contact", Enum("Y,N"), server_default="N"),
    Column("not_interested", Enum("Y,N"), server_default="N"),
    Column("unworkable", Enum("Y,N"), server_default="N"),
    Column("scheduled_callback", Enum("Y,N"), server_default="N"),
    Column("completed", Enum("Y,N"), server_default="N"),
    Column("min_sec", Int(5, unsigned=True), server_default="0"),
    Column("max_sec", Int(5, unsigned=True), server_default="0"),
    Column("answering_machine", Enum("Y,N"), server_default="N"),
)

vicidial_campaign_statuses = Table(
    "vicidial_campaign_statuses",
    legacy,
    Column("status", Varchar(6), nullable=False),
    Column("status_name", Varchar(30)),
    Column("selectable", Enum("Y,N")),
    Column("campaign_id", Varchar(20)),
    Column("human_answered", Enum("Y,N"), server_default="N"),
    Column("category", Varchar(20), server_default="UNDEFINED"),
    Column("sale", Enum("Y,N"), server_default="N"),
    Column("dnc", Enum("Y,N"), server_default="N"),
    Column("customer_contact", Enum("Y,N"), server_default="N"),
    Column("not_interested", Enum("Y,N"), server_default="N"),
    Column("unworkable", Enum("Y,N"), server_default="N"),
    Column("scheduled_callback", Enum("Y,N"), server_default="N"),
    Column("completed", Enum("Y,N"), server_default="N"),
    Column("min_sec", Int(5, unsigned=True), server_default="0"),
    Column("max_sec", Int(5, unsigned=True), server_default="0"),
    Column("answering_machine", Enum("Y,N"), server_default="N"),
    Index("vicidial_campaign_statuses_key", "status", "campaign_id", unique=True),
    Index("campaign_id", "campaign_id"),
)

vicidial_status_categories = Table(
    "vicidial_status_categories",
    legacy,
    Column("vsc_id", Varchar(20), primary_key=True),
    Column("vsc_name", Varchar(50)),
    Column("vsc_description", Varchar(255)),
    Column("tovdad_display", Enum("Y,N"), server_default="N"),
    Column("sale_category", Enum("Y,N"), server_default="N"),
    Column("dead_lead_category", Enum("Y,N"), server_default="N"),
)
