"""Asking a running API whether it is ready to answer requests."""

import httpx

from cli.errors import short


class Readiness:
    """Asks /readyz; `last` tells what it said when it was not ready."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.last = "the API has not answered yet"

    def __call__(self) -> bool:
        """Whether the API says now that it is ready."""
        try:
            answer = httpx.get(f"{self.address}/readyz", timeout=2.0, trust_env=False)
        except httpx.HTTPError as error:
            self.last = f"the API does not answer ({short(error)})"
            return False
        self.last = f"the API says {answer.text[:300]}"
        return answer.status_code == httpx.codes.OK
