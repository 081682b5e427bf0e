"""The texts that must be there from the first day: terms, privacy, and the published steps of three procedures."""

from pathlib import Path
from typing import Any

from django.db import migrations
from django.utils import timezone

TEXTS = Path(__file__).resolve().parent.parent / "texts"


def publish(apps: Any, schema_editor: Any) -> None:
    """Each file: title, summary, kind, an empty line, the text. One that is already there is left alone."""
    article = apps.get_model("pages", "Article")
    now = timezone.now()
    for file in sorted(TEXTS.glob("*.txt")):
        head, body = file.read_text(encoding="utf-8").split("\n\n", 1)
        title, summary, kind = head.split("\n")
        article.objects.get_or_create(
            slug=file.stem,
            defaults={
                "kind": kind,
                "title": title,
                "summary": summary,
                "body": body,
                "state": "published",
                "drafted_at": now,
                "published_at": now,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("pages", "0001_initial")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
