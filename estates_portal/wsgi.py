import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estates_portal.settings.production")

application = get_wsgi_application()
