"""``manage.py load_joint_bounds``: the askable features, the budget and the limits that come with the station."""

from typing import Any

from django.core.management.base import BaseCommand

from enterprises.jointmodels.actions import questions


class Command(BaseCommand):
    help = "Load what banks may ask about and the bounds of joint models (可核验特征、提问预算、安全阈值)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{questions.load_bounds()} rows made")
