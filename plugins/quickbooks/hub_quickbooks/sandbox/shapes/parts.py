"""What fields of several entities are made of (facts §1); names as in the official schemas."""

from __future__ import annotations

from typing import Final

from hub_quickbooks.sandbox.fields import Choice, Day, Email, Field, Flag, Group, Id, Many, Number, ReadOnly, Ref, Text

SERVER: Final = ReadOnly()
MONEY: Final = Number()
PRICE: Final = Number(places=7)
PERCENT: Final = Number(places=5)
QUANTITY: Final = Number(places=7)


def ref(*targets: str) -> Ref:
    """A reference to one of these entities."""
    return Ref(targets)


ADDRESS = Group(
    "PhysicalAddress",
    {
        "Id": SERVER,
        **{f"Line{number}": Text(500, lines=True) for number in range(1, 6)},
        "City": Text(255),
        "Country": Text(255),
        "CountryCode": Text(255),
        "County": Text(255),
        "CountrySubDivisionCode": Text(255),
        "PostalCode": Text(30),
        "PostalCodeSuffix": Text(30),
        "Lat": SERVER,
        "Long": SERVER,
        "Tag": Text(100),
        "Note": Text(1000, lines=True),
    },
)
EMAIL = Group("EmailAddress", {"Id": SERVER, "Address": Email(), "Default": Flag(), "Tag": Text(100)})
PHONE = Group(
    "TelephoneNumber",
    {"Id": SERVER, "FreeFormNumber": Text(30), "Default": Flag(), "Tag": Text(100), "DeviceType": Text(30)},
)
SITE = Group("WebSiteAddress", {"Id": SERVER, "URI": Text(1000), "Default": Flag(), "Tag": Text(100)})
MEMO = Group("MemoRef", {"value": Text(1000, lines=True), "id": SERVER})
CUSTOM_FIELD = Group(
    "CustomField",
    {
        "DefinitionId": Text(30),
        "Name": Text(100),
        "Type": Choice(("StringType", "BooleanType", "NumberType", "DateType")),
        "StringValue": Text(31),
        "BooleanValue": Flag(),
        "NumberValue": PRICE,
        "DateValue": Day(),
    },
)
META = Group("ModificationMetaData", {"CreateTime": SERVER, "LastUpdatedTime": SERVER})
HEAD: dict[str, Field] = {
    "domain": SERVER,
    "sparse": Flag(),
    "status": SERVER,
    "Id": Id(),
    "SyncToken": Text(20),
    "MetaData": META,
    "CustomField": Many(CUSTOM_FIELD, 12),
}

# ------------------------------------------------------------------------------------------------------------- names
