"""What a manager adds to a reminder: words, and nothing that a mail program would turn into a link. No Django."""

import re
import unicodedata

LENGTH = 300
# "www.", "https:" and the like; and whatever looks like the name of a host, an address of mail included.
LINK = re.compile(r"\bwww\.|[a-z][a-z0-9+.-]*:/|\bmailto:|@|[^\W_][\w-]+\.[^\W\d_]{2,}", re.IGNORECASE)
DOTS = str.maketrans("\u3002\uff61", "..")  # read as dots by who looks for links
UNSEEN = {"Cf"}  # soft hyphens, signs that turn the order of letters round: seen by programs and not by people


def has_link(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).translate(DOTS)
    return bool(LINK.search("".join(sign for sign in plain if unicodedata.category(sign) not in UNSEEN)))
