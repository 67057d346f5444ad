"""Files that are damaged, huge, cyclic or meant to hurt, each with why it is refused; "" for what may be a draft."""

import io
import json
import zipfile
from collections.abc import Callable

from assessments.scenarios.formats import json_text
from assessments.scenarios.formats.document import CHOICES_MAX, Choice, Document, Ending, Scene
from assessments.zips import Limits

MOST = Limits()
WHOLE = {"h5p.json": json.dumps({"mainLibrary": "H5P.BranchingScenario"}), "content/content.json": "{}"}


def package(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def content(inside: object) -> bytes:
    return package(WHOLE | {"content/content.json": json.dumps({"branchingScenario": inside})})


def cyclic() -> bytes:
    """Every scene leads to every other and none to the ending."""
    keys = [f"s{number}" for number in range(CHOICES_MAX + 1)]
    scenes = (Scene(key, choices=tuple(Choice(to, to) for to in keys if to != key)) for key in keys)
    return json_text.write(Document("Round and round", scenes=tuple(scenes), endings=(Ending("out"),))).encode()


Made = Callable[[], bytes]
FILES: dict[str, tuple[str, Made, str]] = {
    # what it is: file name, how it is made, why it is refused
    "zip bomb of 100 MB": ("a.h5p", lambda: package(WHOLE | {"h5p.json": b" " * 100_000_000}), "zip-large"),
    "zip bomb in the scenes": ("a.h5p", lambda: package(WHOLE | {"content/content.json": b"[" * 2**26}), "zip-large"),
    "packed too tightly": ("a.h5p", lambda: package(WHOLE | {"h5p.json": b" " * (MOST.entry_bytes - 1)}), "zip-dense"),
    "10,000 files": ("a.h5p", lambda: package(WHOLE | {f"x/{n}": "" for n in range(10_000)}), "zip-many"),
    "path that leads up": ("a.h5p", lambda: package(WHOLE | {"content/../../evil": "x"}), "zip-path"),
    "absolute path": ("a.h5p", lambda: package(WHOLE | {"/etc/passwd": "x"}), "zip-path"),
    "path of another system": ("a.h5p", lambda: package(WHOLE | {"C:\\evil": "x"}), "zip-path"),
    "package cut in half": ("a.h5p", lambda: (whole := content({}))[: len(whole) // 2], "zip-broken"),
    "package of noise": ("a.h5p", lambda: bytes(range(256)) * 4_000, "zip-broken"),
    "H5P of 100,000 scenes": ("a.h5p", lambda: content({"content": [{}] * 100_000}), "places-many"),
    "H5P that leads in circles": ("a.h5p", lambda: content({"content": [{"nextContentId": 0}] * 100}), ""),
    "100,000 passages": ("a.twee", lambda: b":: a\n" * 100_000, "passages-many"),
    "brackets without end": ("a.twee", lambda: b":: a\n" + b"[[" * 900_000, "links-many"),
    "comments without end": ("a.twee", lambda: b":: a\n" + b"<!--" * 450_000, "links-many"),
    "300,000 links": ("a.twee", lambda: b":: a\n" + b"[[b]]" * 300_000, "choices-many"),
    "macros without end": ("a.twee", lambda: b":: a\n" + b"<<set $x to true>>" * 100_000, ""),
    "half a macro without end": ("a.twee", lambda: b":: a\n" + b"<<set " + b" " * 1_900_000, ""),
    "JSON nested 500,000 deep": ("a.json", lambda: b"[" * 500_000, "json-deep"),
    "objects nested 200,000 deep": ("a.json", lambda: b'{"a":' * 200_000, "json-deep"),
    "number of a million digits": ("a.json", lambda: b'{"format": ' + b"9" * 1_000_000 + b"}", "json-number"),
    "JSON cut short": ("a.json", lambda: cyclic()[:-100], "json-invalid"),
    "JSON of 2 MB and more": ("a.json", lambda: b" " * 2_000_001, "file-large"),
    "scenes in circles": ("a.json", cyclic, ""),
    "table of 100,000 rows": ("a.csv", lambda: b"row,node,choice,text,to\n" + b"skill,a,,b,\n" * 100_000, "rows-many"),
    "quotation mark left open": ("a.csv", lambda: b"row,node,choice,text,to\n" + b'"' + b"a," * 900_000, "csv-broken"),
    "script of 900,000 lines": ("a.txt", lambda: b"\n" * 900_000, "lines-many"),
    "line of 2 MB": ("a.txt", lambda: b"scenario: x\n" + b"x" * 1_900_000, "line-unknown"),
    "letters of another alphabet": ("a.txt", lambda: "scenario: Spóźniona".encode("cp1250"), "encoding"),
}
