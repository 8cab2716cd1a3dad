"""coffee, start_coffee, make_coffee, brew_coffee: this server is a teapot. Needs no login. Source: spec 00, section 8."""

from dataclasses import replace
from http import HTTPStatus

from sqlalchemy import Connection

from protocol.functions import Moment
from protocol.replies import Line, Reply, Result, reply

NAMES = ("coffee", "start_coffee", "make_coffee", "brew_coffee")
TEAPOT = Line(Result.ERROR, "Coffee: {function}|Error 418 I'm a teapot", data="Coffee: {function}|Error 418 I'm a teapot", end="")


def answer(function: str, _moment: Moment, _connection: Connection) -> Reply:
    """One line without an end, and the status that goes with it."""
    return replace(reply(TEAPOT(function=function)), status=HTTPStatus.IM_A_TEAPOT.value)
