from django.db import migrations

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [
        append_only("evidence_record"),
        append_only("evidence_personal", delete=False),  # erasing is a DELETE
        append_only("evidence_head", update=False),  # every append moves it
    ]
