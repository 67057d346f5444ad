"""Against the source articles: nothing left out in silence, no sentence taken over."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from lms.packs.checks.finding import Finding, documents, error, texts
from lms.packs.checks.language import words
from lms.packs.form import lines_of
from lms.packs.reading import Pack, read_text

RUN = 6  # so many words in a row are a copy


def read_sources(folder: Path) -> dict[str, str]:
    return {path.name: read_text(folder, path.name) for path in sorted(folder.glob("*.txt"))}


def check_sources(pack: Pack, sources: dict[str, str]) -> Iterator[Finding]:
    yield from _lines_left_out(pack, sources)
    yield from _sentences_taken_over(pack, sources)


def _lines_left_out(pack: Pack, sources: dict[str, str]) -> Iterator[Finding]:
    cited: dict[str, set[int]] = defaultdict(set)
    for row in [*pack.points, *pack.excluded]:
        cited[row["source_file"]] |= lines_of(row["source_lines"]) or set()
    for file in sorted(cited.keys() - sources.keys()):
        yield error("points.csv", file, "no such source")
    for file, text in sources.items():
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip() and number not in cited[file]:
                yield error(file, f"line {number}", f"no point and no exclusion: {line.strip()[:50]}")


def _sentences_taken_over(pack: Pack, sources: dict[str, str]) -> Iterator[Finding]:
    origin = {run: file for file, text in sources.items() for run in _runs(text)}
    for file, key, text in _own_texts(pack):
        copied = next((run for run in _runs(text) if run in origin), None)
        if copied:
            yield error(file, key, f"{RUN} words in a row as in {origin[copied]}: “{' '.join(copied)}”")


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    found = [word.lower() for word in words(text)]
    return zip(*(found[start:] for start in range(RUN)), strict=False)


def _own_texts(pack: Pack) -> Iterator[tuple[str, str, str]]:
    for row in pack.points:
        for language in pack.languages:
            yield "points.csv", f"{row['id']}.{language}", row[language]
    for file, name, part in documents(pack):
        for path, text in texts(part, pack.languages):
            for language, value in text.items():
                yield file, f"{name}{path}.{language}".lstrip("."), value
