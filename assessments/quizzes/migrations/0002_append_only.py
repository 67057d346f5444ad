from django.db import migrations

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]

    operations = [
        append_only("quizzes_answer"),
        append_only("quizzes_mark"),
        append_only("quizzes_regrading"),
        append_only("quizzes_regraded"),
        append_only("quizzes_importedsitting"),
        append_only("quizzes_importedprogress"),
    ]
