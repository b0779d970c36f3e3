"""The choices of every stated fact: how exactly its date is known, and on what basis the portal shows it."""

from django.db import models


class DatePrecision(models.TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"
    FINANCIAL_YEAR = "financial", "Financial year"


class StageBasis(models.TextChoices):
    REPORTED = "reported", "Reported by the lead organisation"
    STATED = "stated", "Stated by the source"
    INFERRED = "inferred", "Worked out from the source"
    OFFICE = "office", "Recorded by the programme office"
