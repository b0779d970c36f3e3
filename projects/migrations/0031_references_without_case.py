"""References that differ only in capitals: the first published project keeps it, the others get a number ("LAD-ASB-2")."""

from django.db import migrations


def number(apps, schema_editor):
    Project = apps.get_model("projects", "Project")
    references = Project.objects.order_by("-published", "pk").values_list("pk", "reference")
    taken = {reference.upper() for _pk, reference in references}
    seen = set()
    for pk, reference in references:
        if reference.upper() in seen:
            copy = 2
            while (new := f"{reference[:55]}-{copy}").upper() in taken:
                copy += 1
            taken.add(new.upper())
            Project.objects.filter(pk=pk).update(reference=new)
        seen.add(reference.upper())


class Migration(migrations.Migration):
    dependencies = [("projects", "0030_former_addresses_of_history")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
