import pytest
from django.db.models import Model

from projects.records.forms import WithReference


@pytest.fixture
def clash(monkeypatch):
    """The message on a form whose record someone else saves between its checks and its save."""
    for name in ("validate_unique", "validate_constraints"):
        monkeypatch.setattr(Model, name, lambda *args, **kwargs: None)
    monkeypatch.setattr(WithReference, "clean_reference", lambda form: form.cleaned_data["reference"].upper())
    return "Someone saved a record with the same reference or name. Save again"
