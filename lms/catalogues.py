"""The interface's translations, compiled with polib: GNU gettext's msgfmt may be missing, and .mo files are not in git.

    python -m lms.catalogues lms/locale/pl/LC_MESSAGES/django.po …

Starting Django takes longer than compiling, so this does without.
"""

import sys
from pathlib import Path

import polib


def compile_catalogue(catalogue: Path) -> None:
    """Written beside and moved into place: a server that starts meanwhile reads the old file or the new one."""
    unfinished = catalogue.with_suffix(".mo.new")
    polib.pofile(str(catalogue)).save_as_mofile(str(unfinished))
    unfinished.replace(catalogue.with_suffix(".mo"))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_catalogue(Path(name))
