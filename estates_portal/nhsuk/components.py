"""Small components: buttons, details, warnings and messages."""

from django.utils.safestring import mark_safe

from .macros import render


def nhsuk_button(text, href="", classes="", variant="", **params):
    """A submit button, or a link that looks like one where `href` is given; `variant` is "secondary" and so on.

    Further `params` are those of the macro: `name`, `value`, `type`, `small`.
    """
    params |= {"text": text, "classes": classes, "variant": variant}
    return render("button", "button", {**params, "href": href} if href else params)


def nhsuk_details(content, summary, is_open=False, count=0, classes=""):
    """The content of a template block, folded away under `summary`, with a `count` above zero in brackets."""
    text = f"{summary} ({count})" if count else str(summary)
    params = {"summary": {"text": text}, "html": content, "open": bool(is_open), "classes": classes}
    return render("details", "details", params)


def nhsuk_warning_callout(heading, text, level=2):
    """A warning that stands out from the page, under a heading of this level."""
    # Not a bare heading: the macro writes one twice that a template marked as safe, as templates do with their own.
    params = {"heading": {"text": heading, "level": level}, "text": text}
    return render("warning-callout", "warningCallout", params)


BANNERS = {"success": "success"}


def nhsuk_messages(messages):
    """The messages of Django as notification banners; a good one is green."""
    banners = [
        render(
            "notification-banner",
            "notificationBanner",
            {"text": str(message), "variant": BANNERS.get(message.level_tag, ""), "disableAutoFocus": True},
        )
        for message in messages or []
    ]
    return mark_safe("".join(banners))  # noqa: S308 -- each is a component
