from django.db import migrations


def confirm(apps, schema_editor):
    """People who were there before django-allauth were made by administrators, who vouched for their addresses."""
    EmailAddress = apps.get_model("account", "EmailAddress")
    known = set(EmailAddress.objects.values_list("user_id", flat=True))
    people = apps.get_model("accounts", "User").objects.exclude(pk__in=known)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_user_hears_of_new_sign_ins"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
