"""The tables of the dialer, one module an area, with their legacy names; and Leadmill's own.

Importing a module of this package is enough for its tables; ALL_LEGACY holds every one.
"""

from sqlalchemy import MetaData

from db.tables import audio, campaigns, dnc, in_groups, leads, lists, live, logs, phones, statuses, system, time_zones, users, web_logs
from db.tables.metadata import legacy

AREAS = (audio, campaigns, dnc, in_groups, leads, lists, live, logs, phones, statuses, system, time_zones, users, web_logs)
ALL_LEGACY: MetaData = legacy
