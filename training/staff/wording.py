"""The organisation's own words for its mail about training, a kind and a language at a time."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from people.models import User, one_line
from training.actions.wording import save_wording
from training.emails import PLACEHOLDERS
from training.models import MAY_CHANGE, Wording
from training.rules import wording as rules
from training.staff import learning_staff, rule_maker
from training.staff.mail import WORDED


def text(label: Any, most: int, widget: type[forms.Widget] = forms.Textarea) -> forms.CharField:
    attrs = {"rows": 3} if widget is forms.Textarea else {}
    return forms.CharField(
        label=label, max_length=most, required=False, widget=widget(attrs=attrs), validators=[one_line]
    )


class WordingForm(forms.Form):
    """Each on one line; empty: as it is delivered."""

    subject = text(gettext_lazy("Subject"), 150, forms.TextInput)
    opening = text(gettext_lazy("First sentence"), 500)
    why = text(gettext_lazy("Last sentence: why the reader gets it"), 500)

    def __init__(self, *args, known: tuple[str, ...], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean(self) -> dict:
        data = super().clean() or {}
        for name, said in list(data.items()):  # add_error takes them out
            if found := rules.unknown(said, self.known):
                wrong = _("This is no placeholder of this mail: %(names)s") % {"names": ", ".join(found)}
                self.add_error(name, wrong)
        return data


@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    asker = learning_staff(request)
    saved = {(row.kind, row.language): row for row in Wording.objects.select_related("saved_by")}
    rows = [
        (kind, word, [(code, name, saved.get((kind, code))) for code, name in User.Language.choices])
        for kind, word in WORDED.items()
    ]
    context = {"rows": rows, "may_change": asker.has_perm(MAY_CHANGE)}
    return render(request, "training/staff/wordings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    asker = rule_maker(request)
    if kind not in WORDED or language not in User.Language.values:
        raise Http404
    saved = Wording.objects.filter(kind=kind, language=language).first()
    given = request.POST if request.method == "POST" else None
    initial = {name: getattr(saved, name) for name in WordingForm.base_fields} if saved else None
    form = WordingForm(given, known=PLACEHOLDERS[kind], initial=initial)
    if form.is_bound and form.is_valid():
        save_wording(kind=kind, language=language, by=asker, **form.cleaned_data)
        messages.success(request, _("Saved. It holds from the next mail on."))
        return redirect("wordings")
    context = {
        "form": form,
        "kind": kind,
        "word": WORDED[kind],
        "code": language,
        "language": User.Language(language).label,
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS[kind]],
        "email": asker.email,
    }
    return render(request, "training/staff/wording.html", context, status=422 if form.errors else 200)
