from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scenarios", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="scenariostep",
            name="seconds",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="scenariorun",
            name="state",
            field=models.CharField(
                choices=[
                    ("in_progress", "in progress"),
                    ("finished", "finished"),
                    ("abandoned", "left for another one"),
                ],
                default="in_progress",
                max_length=12,
            ),
        ),
    ]
