"""The texts of a scenario as whoever plays it reads them."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext


class Script:
    """The texts of a scenario in one language, looked up by key."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.nodes = {node["key"]: node for node in body["nodes"]}
        self.endings = {ending["key"]: ending for ending in body["endings"]}

    def choice(self, node: str, choice: str) -> dict[str, Any]:
        return next(option for option in self.nodes[node]["choices"] if option["key"] == choice)

    def speaker(self, node: str) -> str:
        """Who speaks there, as a name; "" for the narrator."""
        who = self.nodes[node]["speaker"]
        if who == "customer":
            return self.body["customer"]["name"]
        return {"colleague": gettext("Colleague"), "manager": gettext("Manager")}.get(who, "")

    def prose(self) -> Iterator[str]:
        """All that may be read on some way through it."""
        yield from (self.body["setting"], self.body["role"])
        for node in self.body["nodes"]:
            yield from (node["scene"], node["say"])
            for choice in node["choices"]:
                yield from (choice["text"], choice["consequence"], choice["coaching"])
        for ending in self.body["endings"]:
            yield from (ending["text"], ending["debrief"], *ending["reflection"])

    def around(self) -> str:
        """What is read besides the scenes: the part before them, and the longest debrief after."""
        after = [" ".join((ending["debrief"], *ending["reflection"])) for ending in self.body["endings"]]
        return " ".join((self.body["setting"], self.body["role"], max(after, key=len, default="")))
