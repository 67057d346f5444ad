from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_open_enrolments")]

    operations = [
        migrations.AlterModelOptions(
            name="sourcearticle",
            options={"verbose_name": "source article", "verbose_name_plural": "source articles"},
        ),
        migrations.AlterModelOptions(
            name="sourcepoint",
            options={"verbose_name": "source point", "verbose_name_plural": "source points"},
        ),
    ]
