"""The contact page, the messages for the programme office, and the privacy and cookies pages."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estates_portal.accounts.rules import ANSWER_MESSAGES, require
from estates_portal.paging import page_of
from estates_portal.unsaved.pages import rejected

from . import services
from .cookies import cookies_used
from .forms import AnswerForm, MessageForm
from .models import Message
from .privacy import personal_data
from .records import record_at

TOO_MANY = "Too many messages from your network. Wait 15 minutes, then try again"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request):
    """Contact details, and the form of a message. `?page=` is the path of the page that it is about."""
    about = record_at(request.GET.get("page", ""), request.user)
    form = MessageForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if consume(request, action="contact"):
            services.receive(form.instance, about=about, request=request)
            return redirect("contact_sent")
        form.add_error(None, TOO_MANY)
        status = 429
    return render(request, "contact/contact.html", {"form": form, "about": about}, status=status)


@login_not_required
@require_safe
def contact_sent(request):
    return render(request, "contact/contact_sent.html")


@require_safe
def message_list(request):
    require(request.user, ANSWER_MESSAGES)
    visible = Message.objects.visible_to(request.user)
    answered = request.GET.get("state") == "answered"
    rows = visible.filter(answered_at__isnull=not answered).select_related("answered_by")
    context = {"page_obj": page_of(request, rows), "answered": answered, "unanswered": visible.unanswered().count()}
    return render(request, "contact/message_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def message_detail(request, pk):
    require(request.user, ANSWER_MESSAGES)
    message = get_object_or_404(Message.objects.visible_to(request.user).select_related("answered_by"), pk=pk)
    form = None
    if message.answered_at is None:
        form = AnswerForm(request.POST or None, instance=message)
    elif request.method == "POST":
        return _already_answered(request, message)
    if request.method == "POST" and form.is_valid():
        return _answer(request, message, form.cleaned_data)
    return render(request, "contact/message_detail.html", {"message": message, "form": form})


def _answer(request, message, typed):
    try:
        sent = services.answer(message, answer=typed.get("answer", ""), note=typed["note"], request=request)
    except services.AlreadyAnswered:
        return _already_answered(request, message)
    if sent:
        messages.success(request, "Message marked as answered")
    else:
        messages.warning(request, f"Answer saved but email not sent. Email {message.email} yourself")
    return redirect("message_list")


def _already_answered(request, message):
    why = "Another user has already answered this message"
    return rejected(request, why, link=("View message", message.get_absolute_url()))


@login_not_required
@require_safe
def privacy(request):
    return render(request, "contact/privacy.html", {"rows": personal_data()})


@login_not_required
@require_safe
def cookies(request):
    return render(request, "contact/cookies.html", {"cookies": cookies_used()})
