"""Where a list leads: other filters, other orders, other pages, each an address of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from training import words
from training.rules.selection import Page, Screen, Selection, query


@dataclass(frozen=True)
class Link:
    """name: what it shows or sorts by; count only where it leads to that many rows."""

    name: str
    label: str | Promise
    query: str
    is_current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Column:
    """A heading; `query` is empty where one cannot sort by it, `direction` where one does not."""

    name: str
    label: str | Promise
    query: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Links:
    """All addresses that a list offers beside its rows."""

    selection: Selection
    screen: Screen
    page: Page
    courses: Mapping[str, str]
    team: str = ""  # the name of the one team asked for

    @property
    def narrowed(self) -> list[str | Promise]:
        """What a forecast has narrowed the list to, beside its filters."""
        ahead = words.AHEAD.get(self.selection.ahead, "")
        return [word for word in (ahead, self.team or self.selection.team) if word]

    @property
    def widened(self) -> str:
        return self.to(self.selection.but(team="", ahead=""))

    def to(self, selection: Selection) -> str:
        """Never empty: a link to the plain list must lose the filters of the page it stands on."""
        return query(selection, self.screen) or "?"

    def shows(self, names: Mapping[str, int]) -> list[Link]:
        """names: {what is shown: how many rows}"""
        return [
            Link(
                name=name,
                label=words.SHOWN[name],
                query=self.to(self.selection.but(show=name, sort=self.screen.sort, is_descending=False)),
                is_current=self.selection.show == name,
                count=count,
            )
            for name, count in names.items()
        ]

    def columns(self, names: Mapping[str, str]) -> list[Column]:
        """names: {column: what it is sorted by, "" for not at all}"""
        return [self._column(name, sort) for name, sort in names.items()]

    def _column(self, name: str, sort: str) -> Column:
        if sort not in self.screen.sorts:
            return Column(name, words.COLUMNS[name])
        direction = "descending" if self.selection.is_descending else "ascending"
        return Column(
            name=name,
            label=words.COLUMNS[name],
            query=self.to(self.selection.sorted_by(sort)),
            direction=direction if self.selection.sort == sort else "",
        )

    @property
    def offered_shows(self) -> Mapping[str, Promise]:
        return words.SHOWN

    @property
    def offered_sorts(self) -> list[tuple[str, Promise]]:
        return [(name, words.SORTS[name]) for name in self.screen.sorts]

    @property
    def sort(self) -> str:
        """As the form sends it."""
        return f"-{self.selection.sort}" if self.selection.is_descending else self.selection.sort

    @property
    def direct(self) -> str:
        return self.to(self.selection.but(only_direct=True))

    @property
    def indirect(self) -> str:
        return self.to(self.selection.but(only_direct=False))

    @property
    def here(self) -> str:
        """The same list, all its pages: what an export takes along."""
        return query(self.selection.but(), self.screen)

    @property
    def plain(self) -> str:
        return self.to(self.screen.default)

    @property
    def everything(self) -> str:
        return self.to(self.screen.default.but(show="all"))

    @property
    def printed(self) -> str:
        return self.to(self.selection.but(is_printed=True))

    @property
    def on_screen(self) -> str:
        return self.to(self.selection.but(is_printed=False))

    @property
    def before(self) -> str:
        return self.to(self.selection.but(page=self.page.before)) if self.page.before else ""

    @property
    def after(self) -> str:
        return self.to(self.selection.but(page=self.page.after)) if self.page.after else ""
