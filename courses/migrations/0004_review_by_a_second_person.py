from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_headings_in_concepts")]

    operations = [
        migrations.AlterModelOptions(name="reviewtask", options={"verbose_name": "approval by a second person"})
    ]
