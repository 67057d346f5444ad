"""Nothing of ours is shown inside another page, but for the previews beside the CMS's forms."""

from csp.constants import SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase


class ContentSecurityPolicy(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if getattr(request, "is_preview", False):  # Wagtail's mark on the request that it makes for a preview
            parts.replace = {**(parts.replace or {}), "frame-ancestors": [SELF]}
        return parts
