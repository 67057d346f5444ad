"""What the organisation lets managers grant (Settings > What managers may grant)."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from training.rules.rights import Rights


@register_setting(icon="calendar-check")
class ManagerRights(BaseGenericSetting):
    """rules.rights.Rights as it is stored. L&D may grant everything, whatever stands here."""

    extend_days = models.PositiveSmallIntegerField(
        _("extend by at most, days"),
        default=Rights.extend_days,
        validators=[MaxValueValidator(365)],
        help_text=_("Counted from the date that the rule gave. 0: managers do not extend."),
    )
    may_waive = models.BooleanField(
        _("managers may waive a training"),
        default=Rights.may_waive,
        help_text=_("Otherwise they ask L&D."),
    )
    may_record_leave = models.BooleanField(
        _("managers may record a leave of absence"),
        default=Rights.may_record_leave,
        help_text=_("The clock of all trainings stands still meanwhile."),
    )

    panels = [FieldPanel("extend_days"), FieldPanel("may_waive"), FieldPanel("may_record_leave")]

    class Meta:
        verbose_name = _("What managers may grant")

    @property
    def rights(self) -> Rights:
        return Rights(self.extend_days, self.may_waive, self.may_record_leave)
