"""Certificates that nobody holds, for looking at a design: a usual one, and the longest one in each language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models.designs import Design

SERIAL = "00000-00000-00000-00000"  # well formed, and never issued
USUAL = {
    "pl": ("Anna Wiśniewska", "Spokojna obsługa klienta"),
    "lv": ("Anna Bērziņa", "Mierīga klientu apkalpošana"),
    "en": ("Anna Wilson", "Calm customer service"),
}
LONGEST = {
    "pl": (
        "Konstantynopolitańczykowianeczkówna-Brzęczyszczykiewiczowska-Wszebórz-Zażółcińska "
        "Maria Magdalena Genowefa Świętosława Jadwiga",
        "Spokojna, jasna i bezpieczna obsługa trudnych klientów: szkolenie obowiązkowe dla pracowników sal obsługi, "
        "infolinii, kas i punktów przyjmowania zgłoszeń oraz ich bezpośrednich przełożonych",
    ),
    "lv": (
        "Vecvagara-Šķērssaliņa-Ģērmane-Čakstiņa-Ķīķertniece-Ņikiforenko-Ļaudaskalniņa-Žīgurmeitiņa "
        "Anastasija Kristiāna Elizabete",
        "Mierīga, skaidra un droša saskarsme ar sarežģītiem klientiem: obligātās mācības apkalpošanas zāļu, "
        "tālruņa līniju, kasu un pieteikumu pieņemšanas punktu darbiniekiem un viņu tiešajiem vadītājiem",
    ),
    "en": (
        "Wilhelmina Featherstonehaugh-Cholmondeley-Marjoribanks-Wriothesley-Worcestershire-Auchinleck "
        "Margaret Rosalind Evangeline",
        "Calm, clear and safe service for difficult customers: mandatory training for the staff of service halls, "
        "telephone lines, cash desks and intake points, and for their immediate supervisors",
    ),
}
MODES = [
    ("pl", _("Polish")),
    ("lv", _("Latvian")),
    ("en", _("English")),
    ("pl-long", _("Polish, the longest names")),
    ("lv-long", _("Latvian, the longest names")),
]


@dataclass(frozen=True)
class Sample:
    """What pdf.document() needs to know of a certificate."""

    holder_name: str
    course_title: str
    language: str
    issued_on: date
    valid_until: date
    issuer: str
    design: Design
    serial: str = SERIAL
    course_version: str = "1"
    hours_shown: Decimal = Decimal("2.5")

    @property
    def layout(self) -> str:
        return self.design.layout

    @property
    def words(self) -> dict[str, str]:
        return self.design.words(self.language)


def sample(design: Design, language: str, *, longest: bool = False) -> Sample:
    today = timezone.localdate()
    name, title = (LONGEST if longest else USUAL)[language]
    return Sample(
        holder_name=name,
        course_title=title,
        language=language,
        issued_on=today,
        valid_until=today.replace(year=today.year + 1, day=min(today.day, 28)),
        issuer=settings.ORGANISATION,
        design=design,
    )
