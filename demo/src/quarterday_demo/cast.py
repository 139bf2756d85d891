"""The invented council of the demo: who there is, and what its contracts promise. Nobody here exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COUNCIL, KEY = "Northmoor Borough Council", "northmoor"
AREA = "E08000018"
"""The area code that is local to it; the borough that has it lends the demo its postcodes and nothing else."""

STAFF: Mapping[str, tuple[str, str]] = {
    "administrator": ("Ines Okafor", "ines.okafor@northmoor.example"),
    "lead": ("Priya Marlow", "priya.marlow@northmoor.example"),
    "contract manager": ("Tom Ackroyd", "tom.ackroyd@northmoor.example"),
}
"""Role → name and address of whoever the demo signs in."""
SECOND_MANAGER = ("Ruth Pennington", "ruth.pennington@northmoor.example")
REPORTER = "harbour-lights"
"""The supplier whose person the demo signs in."""


@dataclass(frozen=True, slots=True)
class Firm:
    """A supplier, and its person who reports."""

    name: str
    person: str
    identifiers: Mapping[str, str]


FIRMS: Mapping[str, Firm] = {
    "harbour-lights": Firm("Harbour Lights Care", "Grace Adeyemi", {"GB-CHC": "1098761"}),
    "northmoor-building": Firm("Northmoor Building Ltd", "Callum Reid", {"GB-COH": "01234501"}),
    "larch": Firm("Larch and Rowan Grounds Ltd", "Beth Sorrel", {"GB-COH": "01234502"}),
    "beacon": Firm("Beacon Street Advice Centre", "Yusuf Demir", {"GB-CHC": "1098762"}),
    "tidewell": Firm("Tidewell Facilities Ltd", "Mandy Frost", {"GB-COH": "01234503"}),
    "kestrel": Firm("Kestrel Highways plc", "Owen Prosser", {"GB-COH": "01234504"}),
    "copperfield": Firm("Copperfield Catering Ltd", "Lena Novak", {"GB-COH": "01234505"}),
    "millbrook": Firm("Millbrook Home Support CIC", "Sunita Rao", {"GB-COH": "01234506"}),
    "ashgrove": Firm("Ashgrove IT Services Ltd", "Peter Lund", {"GB-COH": "01234507"}),
    "saltmarsh": Firm("Saltmarsh Energy Ltd", "Ffion Beynon", {"GB-COH": "01234508"}),
    "fernley": Firm("Fernley Passenger Transport Ltd", "Dean Hollis", {"GB-COH": "01234509"}),
    "oakhanger": Firm("Oakhanger Community Works CIC", "Amara Obi", {"GB-COH": "01234510"}),
}

CARE = {"NT1": 12, "NT3": 2, "NT8": 48, "NT15": 24, "NT28": 3000}
BUILDING = {
    "NT1": 24,
    "NT1c": 12,
    "NT10": 416,
    "NT9": 80,
    "NT12": 24,
    "NT13": 36,
    "NT18": 600_000,
    "NT31": 60,
    "NT28": 8000,
}
GROUNDS = {"NT1": 8, "NT10": 104, "NT16": 4000, "NT28": 1600}
SERVICES = {"NT1": 10, "NT7": 320, "NT15": 40, "NT18": 80_000}
SKILLS = {"NT8": 80, "NT15": 60, "NT10": 104}
SMALL = {"NT8": 24, "NT28": 1000}


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract, its dates counted in quarters from the one that began four quarters before this one."""

    title: str
    lead: str
    promises: Mapping[str, int]
    """Measure → quantity over the whole contract."""
    kind: str = "contract"
    rhythm: str = "quarter"
    begins: int = 0
    quarters: int = 8
    size: float = 1
    """What the promises are multiplied by."""
    others: Mapping[str, str] | None = None
    """Firm → its role beside the lead."""


DEALS: tuple[Deal, ...] = (
    Deal("Day centres for older people", "harbour-lights", CARE),
    Deal("Leisure centre rebuild", "northmoor-building", BUILDING, quarters=12, others={"saltmarsh": "partner"}),
    Deal("Parks and grounds maintenance, north", "larch", GROUNDS, begins=-4, quarters=16, size=2),
    Deal("Debt and benefits advice", "beacon", SMALL, kind="grant", size=2),
    Deal("Cleaning of council offices", "tidewell", SERVICES, begins=-2, quarters=12),
    Deal("Highway resurfacing programme", "kestrel", BUILDING, quarters=12, size=1.5),
    Deal("School meals", "copperfield", SERVICES, quarters=12),
    Deal("Home support, east", "millbrook", CARE, size=1.5),
    Deal("Desktop support", "ashgrove", SKILLS),
    Deal("Solar panels on council homes", "saltmarsh", BUILDING, quarters=6, size=0.5),
    Deal("Home to school transport", "fernley", SERVICES, begins=-4, quarters=16, size=1.2),
    Deal("Furniture re-use", "oakhanger", SMALL, kind="grant", rhythm="half-year"),
    Deal("Extra care housing, Mill Lane", "harbour-lights", CARE, quarters=12, size=0.8),
    Deal("Responsive repairs", "northmoor-building", BUILDING, begins=-4, quarters=20, size=1.2),
    Deal("Parks and grounds maintenance, south", "larch", GROUNDS, begins=-4, quarters=16),
    Deal("Welfare helpline", "beacon", SMALL, kind="grant", rhythm="year", quarters=4),
    Deal("Building security", "tidewell", SERVICES, kind="call-off", size=0.5),
    Deal("Winter gritting", "kestrel", GROUNDS, kind="call-off", quarters=10),
    Deal("Catering at the town hall", "copperfield", SMALL, kind="call-off", size=3),
    Deal("Respite care", "millbrook", CARE, kind="call-off", quarters=6, size=0.5),
    Deal("Library system", "ashgrove", SKILLS, quarters=12, size=0.5),
    Deal("Street lighting", "saltmarsh", SERVICES, quarters=16, size=2),
    Deal("Dial-a-ride", "fernley", SMALL, rhythm="month", quarters=4),
    Deal("Community kitchen", "oakhanger", SMALL, kind="grant", quarters=4),
    Deal("Homes at Furnace Lane", "northmoor-building", BUILDING, kind="planning agreement", quarters=10, size=0.7),
    Deal("Station quarter building works", "kestrel", BUILDING, kind="local labour agreement", quarters=10, size=0.6),
    Deal("Tree planting", "larch", SMALL, kind="grant", rhythm="end", begins=0, quarters=3),
    Deal("Telecare", "harbour-lights", SMALL, kind="call-off", quarters=6, size=2),
    Deal("Heat network study", "saltmarsh", SKILLS, quarters=4, size=0.4),
    Deal("Holiday activities for children", "oakhanger", SMALL, kind="grant", begins=2, quarters=4, size=1.5),
)
