from django.db import migrations, models
from django.db.models import deletion

from training.triggers import FollowEnrolment


class Migration(migrations.Migration):
    dependencies = [("courses", "0008_headings_in_hooks"), ("training", "0006_ordered_reports")]

    operations = [
        migrations.AddField("assignment", "enrolment_started_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("assignment", "enrolment_completed_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("assignment", "enrolment_valid_until", models.DateField(editable=False, null=True)),
        migrations.AddField("assignment", "enrolment_redo_by", models.DateField(editable=False, null=True)),
        migrations.AlterField(
            model_name="assignment",
            name="version",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=deletion.PROTECT,
                related_name="assignments",
                to="training.requirementversion",
            ),
        ),
        FollowEnrolment(),
    ]
