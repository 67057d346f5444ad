"""How often the doors may be tried. django-axes counts wrong passwords, asking us who knocks and where from; the other
doors have a counter in the cache (shared between processes where there is Redis, else one a process)."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Door:
    name: str
    tries: int
    within: timedelta

    def opens_for(self, who: str | None) -> bool:
        """Count this try; False when there were too many."""
        key = self._key(who)
        cache.add(key, 0, timeout=self.within.total_seconds())
        try:
            return cache.incr(key) <= self.tries
        except ValueError:  # the time was over between the two lines
            return True

    def is_shut_for(self, who: str | None) -> bool:
        return cache.get(self._key(who), 0) >= self.tries

    def forget(self, who: str | None) -> None:
        cache.delete(self._key(who))

    def _key(self, who: str | None) -> str:
        return f"door:{self.name}:{hashlib.sha256(str(who).encode()).hexdigest()}"


LONGEST = 254  # letters of an e-mail address (RFC 5321)
QUARTER = timedelta(minutes=15)
# axes shuts out one account from one address. This one shuts an account that is tried from everywhere at once (NIST
# SP 800-63B: at most 100 failures), the link of a used invitation included; a new password by mail opens it again.
ACCOUNT = Door("account", 100, timedelta(hours=24))
RESET = Door("reset", 10, QUARTER)
RESET_MAIL = Door("reset-mail", 3, QUARTER)
INVITATION = Door("invitation", 10, QUARTER)
PASSWORD_CHANGE = Door("password-change", 10, QUARTER)
SCIM = Door("scim", 1200, timedelta(minutes=1))
SCIM_GUESS = Door("scim-guess", 20, QUARTER)
CALENDAR = Door("calendar", 60, QUARTER)
CALENDAR_GUESS = Door("calendar-guess", 30, QUARTER)


def client_ip(request: HttpRequest) -> str | None:
    """Where the request comes from. Behind our proxy: the last address in the list, the only one it wrote itself.

    Of an IPv6 address the first one of its /64: one home has all of these, and would never meet a shut door.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    try:
        address = ip_address(forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False).network_address)


def account(request: HttpRequest | None, credentials: dict | None) -> str:
    """The account that is tried, however its address is written: Ana@ and ana@ count together. No address is longer
    than LONGEST, and axes has no room for one; Django's login form says a limit to browsers alone."""
    typed = (credentials or {}).get("username") or ""
    return typed.strip().lower()[:LONGEST]
