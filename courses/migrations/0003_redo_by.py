from django.db import migrations, models
from django.db.models import Q


def fill(apps, schema_editor):
    """From what is owed today: of each step the last round, where it is not finished."""
    Enrolment = apps.get_model("courses", "Enrolment")
    asked = Enrolment.objects.filter(Q(redos__isnull=False) | Q(opened_by__isnull=False), completed_at=None)
    for enrolment in asked.select_related("opened_by").distinct().iterator():
        done = {}
        for key, number in enrolment.step_completions.values_list("step_key", "round"):
            done[key] = max(number, done.get(key, 0))
        last = {key: (number, day) for key, number, day in _rounds(enrolment)}
        days = [day for key, (number, day) in last.items() if number > done.get(key, 0)]
        days.append(enrolment.opened_by.redo_by if enrolment.opened_by else None)
        enrolment.redo_by = min((day for day in days if day), default=None)
        enrolment.save(update_fields=["redo_by"])


def _rounds(enrolment):
    return enrolment.redos.order_by("round").values_list("step_key", "round", "due_on")


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_append_only")]

    operations = [
        migrations.AddField("enrolment", "redo_by", models.DateField(blank=True, editable=False, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
