"""Lists and tables that editors write as words, stored as JSON: numbers ("0 30 1440", "CALM-1=1 SAFE-3=2") and tags."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from assessments.quizzes.formats.document import IS_TAG
from courses.models.fields import KeyListField, KeyListFormField


def _whole(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 7):
        raise ValidationError(_("“%(word)s” is not a whole number.") % {"word": word})
    return int(word)


class NumberListFormField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return " ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        return [_whole(word) for word in super().clean(self.prepare_value(value)).replace(",", " ").split()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial or []).split() != str(data or "").replace(",", " ").split()


class NumberTableFormField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return " ".join(f"{name}={number}" for name, number in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, int]:
        table = {}
        for word in super().clean(self.prepare_value(value)).replace(",", " ").split():
            name, equals, number = word.partition("=")
            if not (name and equals):
                raise ValidationError(_("“%(word)s”: write a name, “=” and a number.") % {"word": word})
            table[name] = _whole(number)
        return table

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial or {}).split() != str(data or "").replace(",", " ").split()


class TagListFormField(KeyListFormField):
    def clean(self, value: Any) -> list[str]:
        tags = list(dict.fromkeys(super().clean(value)))
        for tag in tags:
            if not IS_TAG.fullmatch(tag):
                words = {"tag": tag}
                raise ValidationError(_("“%(tag)s” is no tag: use letters a to z, digits, - and _.") % words)
        return tags


class TagListField(KeyListField):
    """Plain letters only, so that each database finds them in the stored list."""

    def formfield(self, **kwargs: Any) -> forms.Field:
        return TagListFormField(
            required=not self.blank, label=capfirst(self.verbose_name), help_text=self.help_text, widget=forms.TextInput
        )


class _WordsField(models.JSONField):
    form_class: type[forms.CharField]

    def formfield(self, **kwargs: Any) -> forms.Field:
        return self.form_class(
            required=not self.blank, label=capfirst(self.verbose_name), help_text=self.help_text, widget=forms.TextInput
        )


class NumberListField(_WordsField):
    form_class = NumberListFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class NumberTableField(_WordsField):
    form_class = NumberTableFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)
