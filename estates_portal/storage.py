"""How static files are named and compressed for serving."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names that change with the contents, so that browsers keep them for ever; script modules import the same."""

    support_js_module_import_aggregation = True
