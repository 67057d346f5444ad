"""The articles a course was built from, point by point: what each lesson and question goes back to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

PRINCIPLE = "principle"
KINDS = [  # of points, in the words of the content pack
    (PRINCIPLE, _("principle")),
    ("behaviour", _("behaviour")),
    ("phrase", _("phrase")),
    ("procedure", _("procedure")),
    ("warning", _("warning")),
    ("organisational-measure", _("measure of the organisation")),
    ("client-type-trait", _("trait of a kind of customer")),
]
AS_IS = "as-is"  # how the course treats a point that an editor adds: as the article has it


class SourceArticle(models.Model):
    course_key = models.UUIDField(db_index=True)
    file = models.CharField(max_length=120)
    title = models.CharField(max_length=200, help_text=_("How the article is cited."))
    language = models.CharField(max_length=2)
    from_pack = models.JSONField(default=dict, editable=False)  # as the last import left it; {} where none brought it

    class Meta:
        verbose_name, verbose_name_plural = _("source article"), _("source articles")
        constraints = [models.UniqueConstraint(fields=["course_key", "file"], name="article_once_a_course")]

    def __str__(self) -> str:
        return self.title


class SourcePoint(models.Model):
    """One teaching point: `code` is its id in the pack ("S001-06"), `texts` its wording in each language."""

    article = models.ForeignKey(SourceArticle, models.PROTECT, related_name="points")
    course_key = models.UUIDField()
    code = models.CharField(max_length=40)
    lines = models.CharField(max_length=60)
    section = models.CharField(max_length=200)
    texts = models.JSONField()
    kind = models.CharField(max_length=40)
    module = models.CharField(max_length=40)
    treatment = models.CharField(max_length=40)
    is_current = models.BooleanField(default=True, help_text=_("Off once the point has left the pack."))
    from_pack = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("source point"), _("source points")
        constraints = [models.UniqueConstraint(fields=["course_key", "code"], name="point_once_a_course")]

    def __str__(self) -> str:
        return self.code

    def cited(self) -> dict[str, str]:
        """As readers are told; language: that of the article, so that a page in another one can say so."""
        return {"article": self.article.title, "section": self.section, "language": self.article.language}
