from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_posting_in_the_database"),
    ]

    operations = [
        migrations.AddIndex(model_name="entry", index=BrinIndex(fields=["txid"], name="entries_by_transaction")),
        migrations.AddIndex(model_name="line", index=BrinIndex(fields=["txid"], name="lines_by_transaction")),
    ]
