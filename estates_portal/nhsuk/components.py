"""Small components: buttons, details, warnings and messages."""

from django.utils.safestring import mark_safe

from .macros import render


def nhsuk_button(text, href="", classes="", variant="", **params):
    """A submit button, or with `href` a link that looks like one. `variant` is "secondary" and so on.

    Further `params` are those of the macro: `name`, `value`, `type`, `small`. A second press within a second of the
    first does nothing.
    """
    params |= {"text": text, "classes": classes, "variant": variant}
    if not href and params.get("type", "submit") == "submit":
        params["preventDoubleClick"] = True
    return render("button", "button", {**params, "href": href} if href else params)


def nhsuk_details(content, summary, is_open=False, count=0, classes=""):
    """A template block under a `summary` that opens it, with a `count` above zero in brackets."""
    text = f"{summary} ({count})" if count else str(summary)
    params = {"summary": {"text": text}, "html": content, "open": bool(is_open), "classes": classes}
    return render("details", "details", params)


def nhsuk_warning_callout(heading, text, level=2):
    """A warning that stands out from the page, under a heading of this level."""
    # Not a bare string: the macro would write it twice if it is marked safe, as literals in templates are.
    params = {"heading": {"text": heading, "level": level}, "text": text}
    return render("warning-callout", "warningCallout", params)


def nhsuk_messages(messages):
    """Django messages as notification banners; success messages are green."""
    banners = [
        render(
            "notification-banner",
            "notificationBanner",
            {
                "text": str(message),
                "variant": "success" if message.level_tag == "success" else "",
                "disableAutoFocus": True,
            },
        )
        for message in messages or []
    ]
    return mark_safe("".join(banners))  # noqa: S308 -- each is a component
