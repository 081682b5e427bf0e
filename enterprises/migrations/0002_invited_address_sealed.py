from django.db import migrations

import portal.sealed_fields


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="address",
            field=portal.sealed_fields.SealedCharField(
                max_length=254, purpose="enterprises_invitation.address", verbose_name="手机号或邮箱"
            ),
        ),
    ]
