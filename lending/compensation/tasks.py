"""What goes on by itself: loans that enrol, publicities that end, deferred claims that are taken up, remittances called in."""

from celery import shared_task
from django.utils import timezone

from lending.compensation import actions
from lending.compensation.models import Fund, Scheme


@shared_task
def enrol() -> int:
    """免申即享, soon after a drawdown; a loan that was judged is not judged again."""
    return actions.sweep(at=timezone.now())


@shared_task
def collect_objections() -> int:
    return len(actions.collect_objections(at=timezone.now()))


@shared_task
def end_publicities() -> int:
    return len(actions.end_publicities(day=timezone.localdate(), at=timezone.now()))


@shared_task
def take_up_deferred() -> int:
    """Breakers first: what they let go is taken up in the same run."""
    now = timezone.now()
    for scheme in Scheme.objects.adopted().select_related("fund").order_by("pk"):
        actions.watch_breakers(scheme=scheme, at=now)
    waiting = Fund.objects.filter(schemes__enrolments__claims__state="deferred").distinct().order_by("pk")
    return sum(len(actions.take_up_deferred(fund=fund, by=None, at=now)) for fund in waiting)


@shared_task
def ready_payments() -> int:
    return actions.ready_payments(at=timezone.now())


@shared_task
def chase_remittances() -> int:
    return actions.chase_remittances(day=timezone.localdate(), at=timezone.now())
