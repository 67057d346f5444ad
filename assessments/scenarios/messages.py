"""What the checker found, in the editor's language. Each code of `rules` has one whole sentence here."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.scenarios.rules.problem import Problem

WORDS = {
    # keys and targets
    "key-empty": _("A scene or an ending has no key."),
    "key-odd": _("“%(node)s” cannot be a key. Use letters without accents, digits, - and _, without spaces."),
    "key-twice": _("%(times)s scenes or endings have the key “%(node)s”."),
    "choice-key-empty": _("A choice of “%(node)s” has no key."),
    "choice-key-odd": _(
        "“%(choice)s” in “%(node)s” cannot be a key. Use letters without accents, digits, - and _, without spaces."
    ),
    "choice-key-twice": _("%(times)s choices of “%(node)s” have the key “%(choice)s”."),
    "start-missing": _("There is no scene “%(key)s” to begin with."),
    "fail-target-missing": _("Too much tension leads to “%(key)s”, which does not exist."),
    "target-missing": _("“%(choice)s” in “%(node)s” leads to “%(key)s”, which does not exist."),
    # ways on paper
    "dead-end": _("“%(node)s” has no choices and is not an ending."),
    "no-ending": _("There is no ending."),
    "unreachable": _("Nothing leads to “%(node)s”."),
    "trap": _("No way leads from “%(node)s” to an ending."),
    "loop": _("One can go round in these scenes: %(scenes)s."),
    "loop-without-exit": _("No way leads out of these scenes: %(scenes)s."),
    # ways in truth
    "never-reached": _("“%(node)s” is linked, but no choices that can be made lead there."),
    "ending-never-reached": _("The ending “%(node)s” is linked, but no choices that can be made lead there."),
    "never-offered": _("“%(choice)s” in “%(node)s” can never be chosen: its conditions never hold."),
    "stuck": _("In “%(node)s” with tension %(tension)s there is nothing to choose. The way there: %(path)s."),
    "livelock": _("From “%(node)s” with tension %(tension)s no ending can be reached. The way there: %(path)s."),
    "not-proven": _("There are more than %(states)s situations, so not everything could be proved."),
    # flags, skills, tension
    "flag-unknown": _("“%(choice)s” in “%(node)s” names the flag “%(name)s”, which is not among the flags."),
    "flag-never-set": _("No choice sets the flag “%(name)s”."),
    "flag-never-read": _("Nothing depends on the flag “%(name)s”."),
    "flags-many": _("More than %(most)s flags are hard to keep in mind and to prove."),
    "skill-unknown": _("“%(choice)s” in “%(node)s” names the skill “%(name)s”, which is not among the skills."),
    "quality-unknown": _("“%(choice)s” in “%(node)s” does not say how good it is."),
    "tension-out-of-range": _("The tension at the start must be between 0 and 100; it is %(value)s."),
    "fail-at-out-of-range": _("Too much tension must be between 1 and 100; it is %(value)s."),
    "starts-failed": _("The tension at the start, %(value)s, is too much already."),
    "change-odd": _(
        "“%(choice)s” in “%(node)s” must change the tension by a whole number from %(low)s to %(high)s, not by "
        "“%(value)s”."
    ),
    "score-odd": _(
        "“%(choice)s” in “%(node)s” must give a whole number of points from %(low)s to %(high)s, not “%(value)s”."
    ),
    "condition-odd": _(
        "A condition of “%(choice)s” in “%(node)s” must be a tension from %(low)s to %(high)s, not “%(value)s”."
    ),
    "fail-never": _("The tension never reaches %(value)s, so that nobody meets what it leads to."),
    "fail-always": _("Every way reaches a tension of %(value)s, whatever is chosen."),
    # passing
    "pass-score-odd": _(
        "The points needed to pass must be a whole number from %(low)s to %(high)s; here it is “%(value)s”."
    ),
    "attempts-odd": _(
        "The number of attempts must be a whole number from %(low)s to %(high)s; here it is “%(value)s”."
    ),
    "waits-odd": _(
        "Each wait before an attempt must be a whole number of minutes from %(low)s to %(high)s; here it is "
        "“%(value)s”."
    ),
    "minutes-odd": _("The minutes must be a whole number from %(low)s to %(high)s; here it is “%(value)s”."),
    "outcome-unknown": _("The ending “%(node)s” does not say how it ends."),
    "pass-outcome-missing": _("No ending has an outcome that passes: %(names)s."),
    "one-outcome": _("All endings have the same outcome."),
    "pass-ending-unreachable": _("Nobody can pass: no ending that passes can be reached."),
    "pass-impossible": _("Nobody can pass: it takes %(score)s points, and at most %(most)s can be reached."),
    "miss-impossible": _("Nobody can miss: every way passes."),
    "pass-not-proven": _("There are more than %(states)s situations: whether one can pass and miss is not proved."),
    # decisions
    "one-choice": _("“%(node)s” offers only one choice."),
    "illusory-choice": _("In “%(node)s” every choice has the same effect."),
    "loop-gains": _("Going round in these scenes gains points: %(scenes)s. Each choice counts once only."),
    # the expert path
    "expert-missing": _("There is no expert path."),
    "expert-broken": _(
        "The expert path cannot be played: step %(number)s is “%(step)s”, but “%(node)s” does not offer it."
    ),
    "expert-unfinished": _("The expert path stops at “%(node)s”, before an ending."),
    "expert-not-good": _("The expert path ends at “%(node)s”, which is not a good ending that passes."),
    # texts
    "scene-without-text": _("“%(node)s” shows and says nothing."),
    "choice-without-text": _("“%(choice)s” in “%(node)s” has no text."),
    "ending-without-text": _("The ending “%(node)s” has no text."),
    "consequence-missing": _("“%(choice)s” in “%(node)s” does not say what happens then."),
    "coaching-missing": _("“%(choice)s” in “%(node)s” has no coaching."),
    "look-missing": _("The look of the customer is missing: those who do not see the picture need it."),
    "best-much-longer": _("In “%(node)s” the best choice, “%(choice)s”, is more than twice as long as the others."),
    "best-often-longest": _("The best choice is the longest in %(scenes)s of %(of)s scenes."),
    "best-same-position": _("The best choice always stands at place %(position)s. Learners see them shuffled."),
}


def words(problem: Problem) -> str:
    said = {name: _listed(value) for name, value in problem.params.items()}
    return WORDS[problem.code] % {"node": problem.node, "choice": problem.choice, "path": _path(problem), **said}


def _listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _path(problem: Problem) -> str:
    if not problem.path:
        return gettext("it is where one begins")
    return " → ".join(f"{node}.{choice}" for node, choice in problem.path)
