"""The files of a content pack, written: always the same bytes for the same pack."""

import csv
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from lms.packs.reading import ARTICLE_COLUMNS, POINT_COLUMNS, PackError

Files = dict[str, bytes]  # by path within the pack
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time a zip can say: no clock gets into its bytes


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Texts of several lines stand as a block, as an author would write them; nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _mapping(dumper: Any, mapping: dict) -> Any:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping.items())


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(dict, _mapping)


def yaml_file(data: Any) -> bytes:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120).encode()


def csv_file(columns: Iterable[str], rows: Iterable[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def articles_file(rows: Iterable[dict[str, str]]) -> bytes:
    return csv_file(ARTICLE_COLUMNS, rows)


def points_file(rows: Iterable[dict[str, str]], languages: tuple[str, ...]) -> bytes:
    before, after = POINT_COLUMNS[:4], POINT_COLUMNS[4:]
    return csv_file([*before, *languages, *after], rows)


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def write_folder(files: Files, folder: Path) -> None:
    """All of it or nothing; PackError where something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PackError(str(folder), "", _("there is something already; give a new folder"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        unfinished.chmod(0o755)
        os.replace(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
