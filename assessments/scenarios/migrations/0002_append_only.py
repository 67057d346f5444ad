from django.db import migrations

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("scenarios", "0001_initial")]

    operations = [
        append_only("scenarios_scenariostep"),
    ]
