from django.db import migrations

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [
        append_only("courses_stepversion"),
        append_only("courses_publication"),
        append_only("courses_courseversion"),
        append_only("courses_completion"),
        append_only("courses_stepcompletion"),
        append_only("courses_allowance"),
        append_only("courses_decision"),
        append_only("courses_rollout"),
        append_only("courses_redo"),
    ]
