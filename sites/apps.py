from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites and organisations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from estates_portal import addresses, caching

        post_migrate.connect(caching.install_triggers, dispatch_uid="sites.install_triggers")
        post_migrate.connect(addresses.install_triggers, dispatch_uid="sites.install_address_triggers")
