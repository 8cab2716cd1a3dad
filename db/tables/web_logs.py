"""What requests left behind: API calls, changes by administrators, reports and the addresses they came to."""

from sqlalchemy import Column, Index, Table

from db.tables.metadata import legacy
from db.types import DateTime, Enum, Int, MediumText, SmallInt, Text, Varchar

vicidial_api_log = Table(
    "vicidial_api_log",
    legacy,
    Column("api_id", Int(9, unsigned=True), primary_key=True),
    Column("user", Varchar(20), nullable=False),
    Column("api_date", DateTime()),
    Column("api_script", Varchar(10)),
    Column("function", Varchar(20), nullable=False),
    Column("agent_user", Varchar(20)),
    Column("value", Varchar(255)),
    Column("result", Varchar(10)),
    Column("result_reason", Varchar(255)),
    Column("source", Varchar(20)),
    Column("data", Text()),
    Column("run_time", Varchar(20), server_default="0"),
    Column("webserver", SmallInt(5, unsigned=True), server_default="0"),
    Column("api_url", Int(9, unsigned=True), server_default="0"),
    Index("api_date", "api_date"),
)

vicidial_api_urls = Table(
    "vicidial_api_urls",
    legacy,
    Column("api_id", Int(9, unsigned=True), primary_key=True, autoincrement=False),
    Column("api_date", DateTime()),
    Column("remote_ip", Varchar(50)),
    Column("url", MediumText()),
)

vicidial_admin_log = Table(
    "vicidial_admin_log",
    legacy,
    Column("admin_log_id", Int(9, unsigned=True), primary_key=True),
    Column("event_date", DateTime(), nullable=False),
    Column("user", Varchar(20), nullable=False),
    Column("ip_address", Varchar(15), nullable=False),
    Column("event_section", Varchar(30), nullable=False),
    Column("event_type", Enum("ADD,COPY,LOAD,RESET,MODIFY,DELETE,SEARCH,LOGIN,LOGOUT,CLEAR,OVERRIDE,EXPORT,OTHER"), server_default="OTHER"),
    Column("record_id", Varchar(50), nullable=False),
    Column("event_code", Varchar(255), nullable=False),
    Column("event_sql", MediumText()),
    Column("event_notes", MediumText()),
    Column("user_group", Varchar(20), server_default="---ALL---"),
    Index("event_section", "event_section"),
    Index("record_id", "record_id"),
    Index("user", "user"),
)

vicidial_report_log = Table(
    "vicidial_report_log",
    legacy,
    Column("report_log_id", Int(9, unsigned=True), primary_key=True),
    Column("event_date", DateTime(), nullable=False),
    Column("user", Varchar(20), nullable=False),
    Column("ip_address", Varchar(15), nullable=False),
    Column("report_name", Varchar(50), nullable=False),
    Column("browser", Text()),
    Column("referer", Text()),
    Column("notes", Text()),
    Column("url", Text()),
    Column("run_time", Varchar(20), server_default="0"),
    Column("webserver", SmallInt(5, unsigned=True), server_default="0"),
    Index("report_name", "report_name"),
    Index("user", "user"),
)

vicidial_rt_monitor_log = Table(
    "vicidial_rt_monitor_log",
    legacy,
    Column("manager_user", Varchar(20), nullable=False),
    Column("manager_server_ip", Varchar(15), nullable=False),
    Column("manager_phone", Varchar(20), nullable=False),
    Column("manager_ip", Varchar(15)),
    Column("agent_user", Varchar(20)),
    Column("agent_server_ip", Varchar(15)),
    Column("agent_status", Varchar(10)),
    Column("agent_session", Varchar(10)),
    Column("lead_id", Int(9, unsigned=True)),
    Column("campaign_id", Varchar(8)),
    Column("caller_code", Varchar(20)),
    Column("monitor_start_time", DateTime()),
    Column("monitor_end_time", DateTime()),
    Column("monitor_sec", Int(9, unsigned=True), server_default="0"),
    Column("monitor_type", Enum("LISTEN,BARGE,HIJACK,WHISPER"), server_default="LISTEN"),
    Index("caller_code", "caller_code", unique=True),
    Index("agent_user", "agent_user"),
    Index("manager_user", "manager_user"),
    Index("monitor_start_time", "monitor_start_time"),
)

vicidial_url_log = Table(
    "vicidial_url_log",
    legacy,
    Column("url_log_id", Int(9, unsigned=True), primary_key=True),
    Column("uniqueid", Varchar(50), nullable=False),
    Column("url_date", DateTime()),
    Column("url_type", Varchar(10), server_default=""),
    Column("response_sec", SmallInt(5, unsigned=True), server_default="0"),
    Column("url", Text()),
    Column("url_response", Text()),
    Index("uniqueid", "uniqueid"),
)

vicidial_urls = Table(
    "vicidial_urls",
    legacy,
    Column("url_id", Int(9, unsigned=True), primary_key=True),
    Column("url", Varchar(255), server_default=""),
    Index("url", "url", unique=True),
)

vicidial_webservers = Table(
    "vicidial_webservers",
    legacy,
    Column("webserver_id", SmallInt(5, unsigned=True), primary_key=True),
    Column("webserver", Varchar(125), server_default=""),
    Column("hostname", Varchar(125), server_default=""),
    Index("vdweb", "webserver", "hostname", unique=True),
)
