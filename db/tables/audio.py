"""Music on hold and voicemail boxes."""

from sqlalchemy import Column, Index, Table

from db.tables.metadata import legacy
from db.types import Enum, Int, SmallInt, Varchar

vicidial_music_on_hold = Table(
    "vicidial_music_on_hold",
    legacy,
    Column("moh_id", Varchar(100), primary_key=True),
    Column("moh_name", Varchar(255)),
    Column("active", Enum("Y,N"), server_default="N"),
    Column("random", Enum("Y,N"), server_default="N"),
    Column("remove", Enum("Y,N"), server_default="N"),
    Column("user_group", Varchar(20), server_default="---ALL---"),
)

vicidial_music_on_hold_files = Table(
    "vicidial_music_on_hold_files",
    legacy,
    Column("filename", Varchar(100), nullable=False),
    Column("moh_id", Varchar(100), nullable=False),
    Column("rank", SmallInt(5)),
    Index("mohfile", "filename", "moh_id", unique=True),
)

vicidial_voicemail = Table(
    "vicidial_voicemail",
    legacy,
    Column("voicemail_id", Varchar(10), primary_key=True),
    Column("active", Enum("Y,N"), server_default="Y"),
    Column("pass", Varchar(10), nullable=False),
    Column("fullname", Varchar(100), nullable=False),
    Column("messages", Int(4), server_default="0"),
    Column("old_messages", Int(4), server_default="0"),
    Column("email", Varchar(100)),
    Column("delete_vm_after_email", Enum("N,Y"), server_default="N"),
    Column("voicemail_timezone", Varchar(30), server_default="eastern"),
    Column("voicemail_options", Varchar(255), server_default=""),
    Column("user_group", Varchar(20), server_default="---ALL---"),
    Column("voicemail_greeting", Varchar(100), server_default=""),
    Column("on_login_report", Enum("Y,N"), nullable=False, server_default="N"),
)
