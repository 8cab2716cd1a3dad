"""Types of the legacy columns: text or whole numbers in Python, on every database.

MariaDB without strict mode fits what is stored to its column by itself; there these types do nothing at all. SQLite
keeps whatever it gets, so there a value is fitted the same way (db/fitting.py) when it is inserted or updated. A value
that is only compared with a column is not fitted: a title of 5 letters must not be found in a column of 4.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Integer, Numeric, String, types
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from db import fitting
from db.compared import COMPARED, Processor

_NUMBER = Integer()


class LegacyType(TypeDecorator[Any]):
    """What the legacy types share. `empty` is what MariaDB stores for NULL in a NOT NULL column."""

    impl: Any = String
    empty: str | int = ""

    def __init_subclass__(cls) -> None:
        cls.cache_ok = True  # SQLAlchemy asks each class for its own

    def fit(self, value: Any) -> Any:
        """The value as this column would hold it; None stays."""
        raise NotImplementedError

    def mariadb(self) -> TypeEngine[Any]:
        """The type in the DDL of MariaDB."""
        raise NotImplementedError

    def sqlite(self) -> TypeEngine[Any]:
        """The type in the DDL of SQLite."""
        raise NotImplementedError

    def shown(self, value: Any) -> Any:
        """A value read from SQLite, as MariaDB prints it."""
        return value

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return self.sqlite() if dialect.name == "sqlite" else self.mariadb()

    def bind_processor(self, dialect: Dialect) -> Processor:
        return self.fit if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, _coltype: object) -> Processor:
        if dialect.name != "sqlite" or type(self).shown is LegacyType.shown:
            return None
        return self.shown

    def coerce_compared_value(self, _op: OperatorType | None, _value: Any) -> TypeEngine[Any]:
        return COMPARED


def holder(column: Column[Any]) -> Callable[[Any], Any]:
    """Makes of a value what a column of a legacy table would hold."""
    assert isinstance(column.type, LegacyType)
    return column.type.fit


def held(column: Column[Any], value: Any) -> Any:
    """The value as a column of a legacy table would hold it."""
    return holder(column)(value)


class Varchar(LegacyType):
    """VARCHAR of `width` characters."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.width = width

    def fit(self, value: Any) -> Any:
        if type(value) is str and len(value) <= self.width:
            return value
        return value if value is None else fitting.text(value, self.width)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.VARCHAR(self.width)

    def sqlite(self) -> TypeEngine[Any]:
        return types.VARCHAR(self.width, collation="NOCASE")


class Char(Varchar):
    """CHAR: trailing spaces are not kept."""

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.text(value, self.width).rstrip(" ")

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.CHAR(self.width)

    def sqlite(self) -> TypeEngine[Any]:
        return types.CHAR(self.width, collation="NOCASE")


class Text(LegacyType):
    """TEXT: up to 65,535 bytes."""

    most = 2**16 - 1

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.long_text(value, self.most)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.TEXT()

    def sqlite(self) -> TypeEngine[Any]:
        return types.TEXT(collation="NOCASE")


class MediumText(Text):
    """MEDIUMTEXT: up to 16 MiB."""

    most = 2**24 - 1

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.MEDIUMTEXT()


class Enum(LegacyType):
    """ENUM; `choices` are separated by commas, so that "Y,N," has the empty text as its third."""

    def __init__(self, choices: str) -> None:
        super().__init__()
        self.choices = choices
        self._values = tuple(choices.split(","))
        self._spellings = {value.lower(): value for value in reversed(self._values)}
        self.empty = self._values[0]

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.choice(value, self._spellings, self._values)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.ENUM(*self._values)

    def sqlite(self) -> TypeEngine[Any]:
        return types.VARCHAR(max(map(len, self._values)), collation="NOCASE")


class Int(LegacyType):
    """INT and its kin; `width` is only what MariaDB shows in the column's type."""

    impl = Integer
    empty = 0
    bits = 32
    made_of: type[Any] = mysql.INTEGER

    def __init__(self, width: int, *, unsigned: bool = False) -> None:
        super().__init__()
        self.width = width
        self.unsigned = unsigned
        self.least = 0 if unsigned else -(2 ** (self.bits - 1))
        self.most = min(2**self.bits if unsigned else 2 ** (self.bits - 1), fitting.LARGEST + 1) - 1

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.integer(value, self.least, self.most)

    def mariadb(self) -> TypeEngine[Any]:
        made: TypeEngine[Any] = self.made_of(display_width=self.width, unsigned=self.unsigned)
        return made

    def sqlite(self) -> TypeEngine[Any]:
        return types.INTEGER()

    def coerce_compared_value(self, _op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        return _NUMBER if isinstance(value, int) else COMPARED


class TinyInt(Int):
    """TINYINT."""

    bits = 8
    made_of = mysql.TINYINT


class SmallInt(Int):
    """SMALLINT."""

    bits = 16
    made_of = mysql.SMALLINT


class MediumInt(Int):
    """MEDIUMINT."""

    bits = 24
    made_of = mysql.MEDIUMINT


class BigInt(Int):
    """BIGINT; on SQLite an unsigned one ends at 2**63 - 1."""

    bits = 64
    made_of = mysql.BIGINT


class Decimal(LegacyType):
    """DECIMAL: text with `scale` digits after the point; SQLite keeps it as a number, so that it compares as one."""

    impl = Numeric
    empty = 0

    def __init__(self, digits: int, scale: int) -> None:
        super().__init__(digits, scale)
        self.digits = digits
        self.scale = scale

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.decimal(value, self.digits, self.scale)

    def shown(self, value: Any) -> Any:
        return value if value is None else f"{value:.{self.scale}f}"

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.DECIMAL(self.digits, self.scale)

    def sqlite(self) -> TypeEngine[Any]:
        return types.DECIMAL(self.digits, self.scale)

    def coerce_compared_value(self, _op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        return _NUMBER if isinstance(value, int) else COMPARED


class Double(Decimal):
    """DOUBLE with a fixed scale: text as DECIMAL."""

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.double(value, self.digits, self.scale)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.DOUBLE(self.digits, self.scale)


class Date(LegacyType):
    """DATE: text as `2026-10-05`; 0000-00-00 for what is no date."""

    empty = fitting.ZERO_DATE

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.date(value)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.DATE()

    def sqlite(self) -> TypeEngine[Any]:
        return types.DATE()


class DateTime(LegacyType):
    """DATETIME: text as `2026-10-05 10:00:00`; the zero date for what is none."""

    empty = fitting.ZERO_MOMENT

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.moment(value)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.DATETIME()

    def sqlite(self) -> TypeEngine[Any]:
        return types.DATETIME()


class Timestamp(DateTime):
    """TIMESTAMP: as DATETIME, of the years 1970 to 2038."""

    def fit(self, value: Any) -> Any:
        return value if value is None else fitting.timestamp(value)

    def mariadb(self) -> TypeEngine[Any]:
        return mysql.TIMESTAMP()

    def sqlite(self) -> TypeEngine[Any]:
        return types.TIMESTAMP()
