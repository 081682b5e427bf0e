"""Gives every request a number, which the audit events and the log lines of the request carry."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.audit.actions import Origin, origin


class OriginMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = origin.set(Origin(request_id=str(uuid.uuid4()), ip=request.META.get("REMOTE_ADDR") or None))
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = origin.get().request_id
            return response
        finally:
            origin.reset(token)
