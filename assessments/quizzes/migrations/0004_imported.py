import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_append_only"),
        ("evidence", "0001_initial"),
        ("quizzes", "0003_types_marking_regrading"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.CharField(max_length=120, unique=True)),
                ("categories", models.JSONField()),
                ("row", models.JSONField()),
                ("file_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportedSitting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.CharField(max_length=120, unique=True)),
                ("step_key", models.UUIDField()),
                ("score", models.IntegerField()),
                ("max", models.PositiveIntegerField()),
                ("percent", models.PositiveSmallIntegerField()),
                ("passed", models.BooleanField(null=True)),
                ("row", models.JSONField()),
                ("file_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="quizattempt",
            name="quiz_attempt_open_or_graded",
        ),
        migrations.AddField(
            model_name="question",
            name="category",
            field=models.CharField(
                blank=True,
                default="",
                help_text="For finding it. Example: keeping calm",
                max_length=250,
                verbose_name="category",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="sub_category",
            field=models.CharField(
                blank=True, default="", help_text="Example: breathing", max_length=250, verbose_name="sub-category"
            ),
        ),
        migrations.AlterField(
            model_name="quizattempt",
            name="hand_in_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("learner", "handed in"),
                    ("time_over", "closed after the time was over"),
                    ("imported", "brought over from another system"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="quizpage",
            name="pass_mark",
            field=models.PositiveSmallIntegerField(
                default=80,
                help_text="0: whoever hands it in has passed.",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="pass mark, %",
            ),
        ),
        migrations.AddConstraint(
            model_name="quizattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_at", None),
                        ("hand_in_kind", ""),
                        ("marks__isnull", True),
                        ("max", None),
                        ("passed", None),
                        ("score", None),
                    ),
                    models.Q(
                        ("finished_at__gte", models.F("started_at")),
                        ("hand_in_kind__in", ["learner", "time_over", "imported"]),
                        ("marks__isnull", False),
                        ("max", None),
                        ("passed", None),
                        ("score", None),
                    ),
                    models.Q(
                        ("finished_at__gte", models.F("started_at")),
                        ("hand_in_kind__in", ["learner", "time_over", "imported"]),
                        ("marks__isnull", False),
                        ("passed__isnull", False),
                        ("score__gte", 0),
                        ("score__lte", models.F("max")),
                    ),
                    _connector="OR",
                ),
                name="quiz_attempt_open_or_graded",
            ),
        ),
        migrations.AddField(
            model_name="importedprogress",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imported_progress",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importedsitting",
            name="attempt",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imported",
                to="quizzes.quizattempt",
            ),
        ),
        migrations.AddField(
            model_name="importedsitting",
            name="enrolment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="imported_sittings", to="courses.enrolment"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedsitting",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__lte", 100)), name="imported_percent_at_most_100"
            ),
        ),
        append_only("quizzes_importedsitting"),
        append_only("quizzes_importedprogress"),
    ]
