"""The cast: who works where, and who leads whom. tests/conftest.py makes a fixture of each.

    Riverside Services            publisher, ela (L&D editor), auditor, admin
    ├── Customer service          led by marek
    │   └── Front desk            ana works here: marek manages her through the team above
    └── Warehouse                 obcy works here; irena leads it: neither may know of ana

Everybody reads English, so that tests can quote the source texts.
"""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from django.contrib.auth.models import Group

from people import roles
from people.models import Team, TeamLead, User
from tests.remembered import remembered

EVER_SINCE = date(2020, 1, 1)
PASSWORD = "a calm and long password"


@dataclass(frozen=True)
class Part:
    name: str
    team: str
    leads: bool = False
    role: str = ""
    job_role: str = ""
    is_admin: bool = False


CAST = {
    "ana": Part("Ana Nowak", "desk", job_role="Receptionist"),
    "marek": Part("Marek Lis", "service", leads=True),
    "obcy": Part("Olaf Obcy", "warehouse"),
    "irena": Part("Irena Kalna", "warehouse", leads=True),
    "ela": Part("Ela Ozola", "company", role=roles.EDITOR),
    "publisher": Part("Vera Zaremba", "company", role=roles.PUBLISHER),
    "auditor": Part("Piotr Sowa", "company", role=roles.AUDITOR),
    "admin": Part("Adam Wilk", "company", is_admin=True),
}


def make_teams() -> SimpleNamespace:
    company = Team.add_root(name="Riverside Services")
    service = company.add_child(name="Customer service")
    desk = service.add_child(name="Front desk")
    warehouse = Team.objects.get(pk=company.pk).add_child(name="Warehouse")
    fresh = Team.objects.in_bulk([company.pk, service.pk, desk.pk, warehouse.pk])
    return SimpleNamespace(
        company=fresh[company.pk], service=fresh[service.pk], desk=fresh[desk.pk], warehouse=fresh[warehouse.pk]
    )


def person(name: str, team: Team | None, *, role: str = "", **fields) -> User:
    """Somebody more, beside the cast."""
    first, last = name.split(" ")
    user = User.objects.create_user(
        email=f"{first}@example.org".lower(), first_name=first, last_name=last, team=team, **{"language": "en"} | fields
    )
    if role:
        user.groups.add(group(role))
    return user


@remembered
def group(role: str) -> Group:
    return Group.objects.get_or_create(name=role)[0]


def hire(key: str, teams: SimpleNamespace) -> User:
    part = CAST[key]
    team = getattr(teams, part.team)
    user = person(
        part.name, team, role=part.role, job_role=part.job_role, is_staff=part.is_admin, is_superuser=part.is_admin
    )
    if part.leads:
        TeamLead.objects.create(team=team, person=user, starts_on=EVER_SINCE)
    return user
