"""Is the site able to serve? Asked by the supervisor, by load balancers and by whoever watches."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Each engine by name, 200 when all answer and 503 when one does not. Says nothing about versions or addresses."""
    engines = {"database": _database_answers(), "cache": _cache_answers()}
    return JsonResponse(engines, status=200 if all(engines.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache_answers() -> bool:
    try:
        cache.set("health", "well", timeout=10)
        return bool(cache.get("health") == "well")
    except Exception:
        return False
