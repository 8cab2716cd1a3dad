"""Numbers that must not be called: by anyone, and by one campaign."""

from sqlalchemy import Column, Index, Table

from db.tables.metadata import legacy
from db.types import Varchar

vicidial_dnc = Table(
    "vicidial_dnc",
    legacy,
    Column("phone_number", Varchar(18), primary_key=True),
)

vicidial_campaign_dnc = Table(
    "vicidial_campaign_dnc",
    legacy,
    Column("phone_number", Varchar(18), nullable=False),
    Column("campaign_id", Varchar(8), nullable=False),
    Index("phonecamp", "phone_number", "campaign_id", unique=True),
    Index("phone_number", "phone_number"),
)
