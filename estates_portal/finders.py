"""The built files of NHS.UK frontend, which npm installs."""

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

FILES = [f"nhsuk-frontend.min.{ending}" for ending in ("css", "css.map", "js", "js.map")]


class NhsukFrontendFinder(BaseFinder):
    """Publishes only the four files that pages use; none if the package is not installed."""

    storage = FileSystemStorage(location=settings.NHSUK_FRONTEND)

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        paths = [self.storage.path(path)] if path in FILES and self.storage.exists(path) else []
        return paths if find_all else next(iter(paths), [])

    def list(self, ignore_patterns):
        for path in FILES:
            if self.storage.exists(path) and not matches_patterns(path, ignore_patterns):
                yield path, self.storage
