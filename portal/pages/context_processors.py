"""What every page knows of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, host and contact as configured; whether this is the demo."""
    return {
        "station": {
            "name": settings.SITE_NAME,
            "tagline": _("中小微企业融资信用服务平台"),
            "host": settings.SITE_HOST or _("由运营单位配置"),
            "contact": settings.SITE_CONTACT,
            "demo": settings.DEMO,
        }
    }
