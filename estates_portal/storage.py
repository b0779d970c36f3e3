"""The storage of static files."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Compresses files and adds a hash to their names, so that browsers can cache them.

    Also the imports of script modules that end with a semicolon.
    """

    support_js_module_import_aggregation = True
