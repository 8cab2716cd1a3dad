"""Which column of a file is which parameter of add_lead: by its name, by an alias, or as told."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from protocol.parameters import parameter_name

PHONE = "phone_number"
REPORT_PREFIX = "import_"
"""Columns that begin so are those of a results file; loaded back, they are left out."""

_ALIASES: Mapping[str, str] = {
    PHONE: "phone telephone mobile tel cell telephonenumber mobilenumber mobilephone cellphone cellnumber phone1 phoneno phonenum "
    "primaryphone mainphone homephone dayphone contactnumber contactphone dialnumber msisdn telefono telefonocelular numerodetelefono "
    "celular movil telefone telefon telefonnummer handy mobil telefoonnummer numerodetelephone",
    "phone_code": "dialcode dialingcode callingcode countrycallingcode phonecountrycode",
    "list_id": "list listid",
    "vendor_lead_code": "vendorid vendorcode vendorleadid externalid leadcode customerid crmid",
    "source_id": "source leadsource",
    "title": "salutation prefix tratamiento anrede",
    "first_name": "first fname givenname forename nombre prenom vorname primeironome",
    "middle_initial": "middle mi middlename initial",
    "last_name": "last lname surname familyname apellido apellidos nachname sobrenome",
    "address1": "address street streetaddress addressline1 address_1 direccion adresse strasse endereco",
    "address2": "addressline2 apt apartment suite unit",
    "address3": "addressline3",
    "city": "town ciudad ville ort stadt cidade",
    "state": "st stateprovince stateorprovince estado bundesland",
    "province": "provincia region",
    "postal_code": "zip zipcode postal postcode codigopostal codepostal plz cp cep",
    "country_code": "country pais land pays",
    "gender": "sex sexo geschlecht",
    "date_of_birth": "dob born birthdate birthday birth fechadenacimiento geburtsdatum datedenaissance",
    "alt_phone": "alternatephone altphonenumber alternativephone phone2 secondaryphone otherphone secondphone telefono2",
    "email": "emailaddress mail correo correoelectronico",
    "security_phrase": "security show",
    "comments": "comment note notes remark remarks comentario comentarios observaciones",
    "rank": "score",
    "owner": "leadowner",
}


class Column(NamedTuple):
    """One column of a file: its header, the parameter it gives ("" for none), and the custom field ("" for none)."""

    name: str
    parameter: str = ""
    label: str = ""


class ColumnsRefused(ValueError):
    """The columns cannot be told apart. `code` is stable."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code


def columns_of(
    header: Sequence[str],
    parameters: Collection[str],
    *,
    told: Mapping[str, str | None] | None = None,
    labels: Iterable[str] | None = None,
) -> list[Column]:
    """What each column of the header means. Raises ColumnsRefused.

    `parameters` are those that a column may give. `told` says so for some headers, None leaves one out. `labels` are
    the custom fields of the list, None if custom fields are not wanted. A parameter is given by one column: the one told,
    else the one of its own name, else the first with an alias.
    """
    names = [cell.strip() for cell in header]
    found = _told(names, parameters, told or {})
    for known in ({folded_name(p): p for p in parameters}, _aliases(parameters)):
        taken = set(found.values())
        for position, name in enumerate(names):
            parameter = known.get(folded_name(name), "")
            if position not in found and parameter and parameter not in taken and not name.startswith(REPORT_PREFIX):
                found[position] = parameter
                taken.add(parameter)
    known_labels = None if labels is None else {folded_name(label): label for label in labels}
    first = {name: n for n, name in reversed(list(enumerate(names)))}
    return [Column(name, found.get(n, ""), _label(name, known_labels) if first[name] == n else "") for n, name in enumerate(names)]


def refuse_without_phone(columns: Iterable[Column]) -> None:
    """Raise ColumnsRefused if none of the columns is a phone number."""
    names = []
    for column in columns:
        if column.parameter == PHONE:
            return
        names.append(column.name)
    raise ColumnsRefused("no-phone-column", f"None of the columns is a phone number: {', '.join(names)}"[:500])


def repeated(columns: Iterable[Column]) -> list[str]:
    """Headers that stand above more than one column."""
    counted = Counter(column.name for column in columns if column.name)
    return [name for name, count in counted.items() if count > 1]


def recognised(header: Iterable[str]) -> tuple[bool, int]:
    """Whether one of the headers is a phone number, and how many are known at all: how much this looks like a header."""
    found = [_KNOWN[f] for name in header if (f := folded_name(name.strip())) in _KNOWN]
    return PHONE in found, len(found)


def folded_name(name: str) -> str:
    """A header without what people write differently: case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join([c for c in plain if c.isalnum()])


def _told(names: Sequence[str], parameters: Collection[str], told: Mapping[str, str | None]) -> dict[int, str]:
    found: dict[int, str] = {}
    for name, parameter in told.items():
        if name not in names:
            raise ColumnsRefused("mapping-unknown-column", f"The mapping names a column that the file does not have: {name}"[:500])
        if parameter and parameter not in parameters:
            raise ColumnsRefused("mapping-unknown-field", f"The mapping names a field that leads do not have: {parameter}"[:500])
        if parameter and parameter in found.values():
            raise ColumnsRefused("mapping-field-twice", f"The mapping names two columns for {parameter}")
        found[names.index(name)] = parameter or ""
    return found


def _label(name: str, labels: Mapping[str, str] | None) -> str:
    if labels is None:
        return ""
    return labels.get(folded_name(name)) or parameter_name(name)


def _aliases(parameters: Collection[str]) -> dict[str, str]:
    return {alias: parameter for alias, parameter in _KNOWN.items() if parameter in parameters}


_KNOWN: Mapping[str, str] = {
    alias: parameter for parameter, aliases in _ALIASES.items() for alias in (folded_name(parameter), *map(folded_name, aliases.split()))
}
