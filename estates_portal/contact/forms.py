"""The form of a message, and the form to answer it."""

from django import forms
from django.core.mail.message import sanitize_address

from .models import Message

MAX_TEXT = 2000


def text_field(label, required="", **kwargs):
    messages = {"required": required, "max_length": f"{label} must be {MAX_TEXT:,} characters or less"}
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=MAX_TEXT,
        error_messages=messages,
        widget=forms.Textarea(attrs={"rows": 6}),
        **kwargs,
    )


class MessageForm(forms.ModelForm):
    text = text_field("Message", "Enter your message", help_text="Do not include personal or medical information")

    class Meta:
        model = Message
        fields = ["text", "source", "email"]
        labels = {"source": "Source (optional)", "email": "Email address (optional)"}
        help_texts = {
            "source": "For example, the web address of a published page",
            "email": "We use it only to answer this message",
        }
        error_messages = {
            "source": {"max_length": "Source must be 500 characters or less"},
            "email": {
                "max_length": "Email address must be 254 characters or less",
            },
        }
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def clean_email(self):
        """The address, if emails can be sent to it: a domain with other letters can be too long."""
        email = self.cleaned_data["email"]
        try:
            if email:
                sanitize_address(email, "utf-8")
        except ValueError as error:
            raise forms.ValidationError(self.fields["email"].error_messages["invalid"], code="invalid") from error
        return email


class AnswerForm(forms.ModelForm):
    answer = text_field("Answer (optional)", help_text="We email it to the sender")
    note = text_field(
        "Note (optional)", help_text="For the programme office, not sent. For example, what you corrected"
    )

    class Meta:
        model = Message
        fields = ["answer", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.email:
            del self.fields["answer"]

    def clean(self):
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error("note", "Enter a note" if "answer" not in self.fields else "Enter an answer or a note")
