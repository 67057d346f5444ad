import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0002_requirements_and_cycles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ManagerRights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "extend_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="Counted from the date that the rule gave. 0: managers do not extend.",
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="extend by at most, days",
                    ),
                ),
                (
                    "may_waive",
                    models.BooleanField(
                        default=False, help_text="Otherwise they ask L&D.", verbose_name="managers may waive a training"
                    ),
                ),
                (
                    "may_record_leave",
                    models.BooleanField(
                        default=True,
                        help_text="The clock of all trainings stands still meanwhile.",
                        verbose_name="managers may record a leave of absence",
                    ),
                ),
            ],
            options={
                "verbose_name": "What managers may grant",
            },
        ),
        migrations.AddField(
            model_name="sending",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        append_only("training_sending"),  # SQLite may have made the table anew
    ]
