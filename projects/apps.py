from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from .name_index import install_name_indexes
        from .triggers import drop_triggers
        from .words import install_words

        pre_migrate.connect(drop_triggers, dispatch_uid="projects.drop_triggers")
        post_migrate.connect(install_words, dispatch_uid="projects.install_words")
        post_migrate.connect(install_name_indexes, dispatch_uid="projects.install_name_indexes")
