"""The forms of the risk register."""

from django import forms
from django.utils import timezone

from estates_portal.fields import DayField
from estates_portal.merging import MergedForm
from projects.models import Consequence, Escalation, Likelihood, Risk, RiskAction, RiskCategory, RiskKind

SCORES = ["likelihood", "consequence"]


class RiskForm(MergedForm, forms.ModelForm):
    """One risk or issue."""

    raised_on = DayField(label="Raised on", error_messages={"required": "Enter the date it was raised"})
    review_on = DayField(
        label="Next review",
        required=False,
        help_text="Leave blank for 30 days from today if the risk is extreme or high, 90 if moderate, 180 if low",
    )
    reviewed_on = DayField(label="Last reviewed", required=False)
    closed_on = DayField(label="Closed on", required=False, help_text="Leave blank while it is open")

    class Meta:
        model = Risk
        fields = [
            "kind",
            "category",
            "title",
            "cause",
            "effect",
            "likelihood",
            "consequence",
            "inherent_likelihood",
            "inherent_consequence",
            "target_likelihood",
            "target_consequence",
            "mitigation",
            "owner",
            "raised_on",
            "review_on",
            "reviewed_on",
            "closed_on",
            "closed_why",
        ]
        widgets = {
            "kind": forms.RadioSelect(attrs={"classes": "nhsuk-radios--inline nhsuk-radios--small"}),
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("cause", "effect", "mitigation")},
        }
        error_messages = {
            "category": {"invalid_choice": "Select a category from the list"},
            "title": {"required": "Enter a title"},
            "likelihood": {"required": "Select a likelihood"},
            "consequence": {"required": "Select a consequence"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        category.empty_label = "No category"
        in_use = RiskCategory.objects.in_use(timezone.localdate())
        category.queryset = (in_use | RiskCategory.objects.filter(pk=self.instance.category_id)).distinct()
        for name in self.fields:
            if name.endswith("likelihood"):
                self.fields[name].choices = [("", "Not scored"), *Likelihood.choices]
            if name.endswith("consequence"):
                self.fields[name].choices = [("", "Not scored"), *Consequence.choices]
        self.fields["likelihood"].required = False  # `clean` sets it for an issue

    @property
    def shows_all_scores(self):
        """Whether to show the inherent and target scores on opening: one has a value or an error."""
        names = [f"{part}_{score}" for part in ("inherent", "target") for score in SCORES]
        is_scored = self.instance.inherent_likelihood or self.instance.target_likelihood
        return bool(is_scored or any(name in self.errors for name in names))

    def clean(self):
        typed = super().clean()
        if typed.get("kind") == RiskKind.ISSUE:
            typed["likelihood"] = Likelihood.ALMOST_CERTAIN
        elif not typed.get("likelihood") and "likelihood" not in self.errors:
            self.add_error("likelihood", "Select a likelihood")
        for part in ("inherent", "target"):
            if bool(typed.get(f"{part}_likelihood")) != bool(typed.get(f"{part}_consequence")):
                missing = "consequence" if typed.get(f"{part}_likelihood") else "likelihood"
                self.add_error(f"{part}_{missing}", "Select both likelihood and consequence")
        if typed.get("closed_on") and not typed.get("closed_why"):
            self.add_error("closed_why", "Enter a reason for closing")
        if typed.get("closed_on") and typed["closed_on"] > timezone.localdate():
            self.add_error("closed_on", "Closing date must be today or in the past")
        return typed


class ActionForm(MergedForm, forms.ModelForm):
    """One action of a risk."""

    due_on = DayField(label="Due", required=False)
    done_on = DayField(label="Done", required=False)

    class Meta:
        model = RiskAction
        fields = ["what", "owner", "due_on", "done_on"]
        error_messages = {"what": {"required": "Enter an action"}}

    @property
    def error_prefix(self):
        """ "Action 2": its place on the page."""
        return f"Action {int(self.prefix.rpartition('-')[2]) + 1}"


MAX_ACTIONS = 40


class ActionRows(forms.BaseInlineFormSet):
    default_error_messages = forms.BaseInlineFormSet.default_error_messages | {
        "too_many_forms": f"A risk can have up to {MAX_ACTIONS} actions",
    }


ActionFormSet = forms.inlineformset_factory(
    Risk,
    RiskAction,
    form=ActionForm,
    formset=ActionRows,
    extra=2,
    can_delete=True,
    max_num=MAX_ACTIONS,
    absolute_max=MAX_ACTIONS + 5,
    validate_max=True,
)


def _text(label, error, help_text="", **more):
    widget = forms.Textarea(attrs={"rows": 3})
    options = {"max_length": 1000, "widget": widget, "error_messages": {"required": error}} | more
    return forms.CharField(label=label, help_text=help_text, **options)


class EscalateForm(forms.Form):
    """Asks to manage a risk at one of the levels above its own."""

    tier = forms.ChoiceField(
        label="Escalate to",
        widget=forms.RadioSelect,
        error_messages={"required": "Select a level", "invalid_choice": "Select a level from the list"},
    )
    why = _text("Reason", "Enter a reason", "Why the project cannot manage it")
    wanted = _text("What you want", "Enter what you want", "A decision, money or help, and by when")

    def __init__(self, *args, tiers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(tier.value, Escalation(tier).label) for tier in tiers]
        if len(tiers) == 1:
            self.fields["tier"].initial = tiers[0]


class AnswerForm(forms.Form):
    """Accepts an escalation with a date, or sends it back with a reason."""

    decision = forms.ChoiceField(
        label="Answer",
        widget=forms.RadioSelect,
        error_messages={"required": "Select an answer", "invalid_choice": "Select an answer"},
    )
    review_on = DayField(
        label="Next review", required=False, help_text="If you accept: the day by which you act or review it"
    )
    answer = _text("Comment", "", "Required if you send it back. The project sees it", required=False)

    def __init__(self, *args, escalation, **kwargs):
        super().__init__(*args, **kwargs)
        tier = escalation.get_tier_display().lower()
        self.fields["decision"].choices = [
            ("accept", f"Accept (the risk moves to {tier} level)"),
            ("send_back", "Send back (the level does not change)"),
        ]

    def clean(self):
        typed = super().clean()
        if typed.get("decision") == "send_back" and not typed.get("answer"):
            self.add_error("answer", "Enter why you send it back")
        if typed.get("decision") == "accept" and "review_on" not in self.errors:
            if not typed.get("review_on"):
                self.add_error("review_on", "Enter a date of review")
            elif typed["review_on"] < timezone.localdate():
                self.add_error("review_on", "Date of review must be today or in the future")
        return typed


class ReturnForm(forms.Form):
    """Returns an escalated risk to its project."""

    def __init__(self, *args, max_length, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = _text("Reason", "Enter a reason", "The project sees it", max_length=max_length)
