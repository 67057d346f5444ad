from django.db import migrations

from evidence.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial"), ("evidence", "0001_initial")]
    operations = [append_only("quizzes_answer")]
