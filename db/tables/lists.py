"""Lists of leads, their custom fields, filters and scripts."""

from sqlalchemy import Column, Index, Table

from db.tables.metadata import legacy
from db.types import BigInt, Date, DateTime, Enum, Int, SmallInt, Text, Varchar

TIME_ZONE_SETTING = "COUNTRY_AND_AREA_CODE,POSTAL_CODE,NANPA_PREFIX,OWNER_TIME_ZONE_CODE"
FIELD_TYPE = "TEXT,AREA,SELECT,MULTI,RADIO,CHECKBOX,DATE,TIME,DISPLAY,SCRIPT,HIDDEN,READONLY,HIDEBLOB,SWITCH"

vicidial_lists = Table(
    "vicidial_lists",
    legacy,
    Column("list_id", BigInt(14, unsigned=True), primary_key=True, autoincrement=False),
    Column("list_name", Varchar(30)),
    Column("campaign_id", Varchar(8)),
    Column("active", Enum("Y,N")),
    Column("list_description", Varchar(255)),
    Column("list_changedate", DateTime()),
    Column("list_lastcalldate", DateTime()),
    Column("reset_time", Varchar(100), server_default=""),
    Column("agent_script_override", Varchar(20), server_default=""),
    Column("campaign_cid_override", Varchar(20), server_default=""),
    Column("am_message_exten_override", Varchar(100), server_default=""),
    Column("drop_inbound_group_override", Varchar(20), server_default=""),
    Column("xferconf_a_number", Varchar(50), server_default=""),
    Column("xferconf_b_number", Varchar(50), server_default=""),
    Column("xferconf_c_number", Varchar(50), server_default=""),
    Column("xferconf_d_number", Varchar(50), server_default=""),
    Column("xferconf_e_number", Varchar(50), server_default=""),
    Column("web_form_address", Text()),
    Column("web_form_address_two", Text()),
    Column("time_zone_setting", Enum(TIME_ZONE_SETTING), server_default="COUNTRY_AND_AREA_CODE"),
    Column("inventory_report", Enum("Y,N"), server_default="Y"),
    Column("expiration_date", Date(), server_default="2099-12-31"),
    Column("na_call_url", Text()),
    Column("local_call_time", Varchar(10), nullable=False, server_default="campaign"),
    Column("web_form_address_three", Text()),
    Column("status_group_id", Varchar(20), server_default=""),
    Column("user_new_lead_limit", SmallInt(5), server_default="-1"),
    Column("inbound_list_script_override", Varchar(20)),
    Column("default_xfer_group", Varchar(20), server_default="---NONE---"),
    Column("daily_reset_limit", SmallInt(5), server_default="-1"),
    Column("resets_today", SmallInt(5, unsigned=True), server_default="0"),
    Column("auto_active_list_rank", SmallInt(5), server_default="0"),
    Column("cache_count", Int(9, unsigned=True), server_default="0"),
    Column("cache_count_new", Int(9, unsigned=True), server_default="0"),
    Column("cache_count_dialable_new", Int(9, unsigned=True), server_default="0"),
    Column("cache_date", DateTime()),
)

vicidial_lists_fields = Table(
    "vicidial_lists_fields",
    legacy,
    Column("field_id", Int(9, unsigned=True), primary_key=True),
    Column("list_id", BigInt(14, unsigned=True), nullable=False, server_default="0"),
    Column("field_label", Varchar(50)),
    Column("field_name", Varchar(5000)),
    Column("field_description", Varchar(100)),
    Column("field_rank", SmallInt(5)),
    Column("field_help", Varchar(1000)),
    Column("field_type", Enum(FIELD_TYPE), server_default="TEXT"),
    Column("field_options", Varchar(5000)),
    Column("field_size", SmallInt(5)),
    Column("field_max", SmallInt(5)),
    Column("field_default", Varchar(255)),
    Column("field_cost", SmallInt(5)),
    Column("field_required", Enum("Y,N,INBOUND_ONLY"), server_default="N"),
    Column("name_position", Enum("LEFT,TOP"), server_default="LEFT"),
    Column("multi_position", Enum("HORIZONTAL,VERTICAL"), server_default="HORIZONTAL"),
    Column("field_order", SmallInt(5), server_default="1"),
    Column("field_encrypt", Enum("Y,N"), server_default="N"),
    Column("field_show_hide", Enum("DISABLED,X_OUT_ALL,LAST_1,LAST_2,LAST_3,LAST_4,FIRST_1_LAST_4"), server_default="DISABLED"),
    Column("field_duplicate", Enum("Y,N"), server_default="N"),
    Index("listfield", "list_id", "field_label", unique=True),
)

vicidial_lead_filters = Table(
    "vicidial_lead_filters",
    legacy,
    Column("lead_filter_id", Varchar(20), primary_key=True),
    Column("lead_filter_name", Varchar(30), nullable=False),
    Column("lead_filter_comments", Varchar(255)),
    Column("lead_filter_sql", Text()),
    Column("user_group", Varchar(20), server_default="---ALL---"),
)

vicidial_scripts = Table(
    "vicidial_scripts",
    legacy,
    Column("script_id", Varchar(20), primary_key=True),
    Column("script_name", Varchar(50)),
    Column("script_comments", Varchar(255)),
    Column("script_text", Text()),
    Column("active", Enum("Y,N")),
    Column("user_group", Varchar(20), server_default="---ALL---"),
    Column("script_color", Varchar(7), server_default="white"),
)
