"""In-groups: the queues of inbound calls."""


def closer_groups(closer_campaigns: str) -> list[str]:
    """The in-groups a campaign takes calls from, out of its text such as ` SALES SUPPORT -`.

    A text of a dash alone names an in-group of that name (spec call_status_stats).
    """
    return closer_campaigns.strip().removesuffix(" -").split(" ")
