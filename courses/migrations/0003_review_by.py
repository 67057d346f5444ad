from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="coursepage",
            name="review_by",
            field=models.DateField(
                blank=True,
                help_text="When somebody should read the course again. Empty: never.",
                null=True,
                verbose_name="review by",
            ),
        ),
    ]
