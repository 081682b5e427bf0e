from django.db import migrations, models

import portal.sealed_fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=portal.sealed_fields.SealedCharField(
                blank=True, max_length=20, null=True, purpose="accounts_user.phone", verbose_name="手机号"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(portal.sealed_fields.Index("phone"), name="one_person_per_phone_number"),
        ),
    ]
