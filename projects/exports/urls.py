from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import feeds, list_views, site_views, views
from .sheets import SHEETS


class SheetConverter(StringConverter):
    """The key of a sheet in an address."""

    regex = "|".join(SHEETS)


class FileConverter(StringConverter):
    """The type of a file in an address."""

    regex = "csv|xlsx"


register_converter(SheetConverter, "sheet")
register_converter(FileConverter, "file")

urlpatterns = [
    path("export/portfolio.xlsx", views.export_workbook, name="export_workbook"),
    path("export/<sheet:sheet>.csv", views.export_csv, name="export_csv"),
    path("export/sites.xlsx", site_views.export_sites_xlsx, name="export_sites_xlsx"),
    path("export/sites.csv", site_views.export_sites_csv, name="export_sites_csv"),
    path("export/estate-returns.csv", site_views.export_returns_csv, name="export_returns_csv"),
    path("export/organisations.<file:file>", list_views.export_organisations, name="export_organisations"),
    path("export/programmes.<file:file>", list_views.export_programmes, name="export_programmes"),
    path("export/priorities.<file:file>", list_views.export_priorities, name="export_priorities"),
    path("export/periods.<file:file>", list_views.export_periods, name="export_periods"),
    path("export/users.<file:file>", list_views.export_users, name="export_users"),
    path("calendar/", feeds.calendar_links, name="calendar_links"),
    path("calendar/<int:pk>/delete/", feeds.calendar_link_delete, name="calendar_link_delete"),
    path("calendar/<str:token>/<slug:scope>.ics", feeds.calendar_feed, name="calendar_feed"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("progress.atom", feeds.progress_feed, name="progress_feed"),
    path("open-data/", feeds.open_data, name="open_data"),
    path("open-data/projects.json", feeds.open_data_json, name="open_data_json"),
    path("open-data/projects.csv", feeds.open_data_csv, name="open_data_csv"),
]
