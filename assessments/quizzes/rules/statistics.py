"""Item analysis: what the marks of many attempts say about a quiz and about each of its questions. No Django.

The definitions are those of Moodle's document "Quiz statistics calculations" (docs.moodle.org/dev), and so are the
signs, and the name beside each formula: S attempts s; T_s the total of an attempt; x_p(s) its mark at position p;
X_p(s) = T_s - x_p(s) the rest of it; V() variance and C() covariance with S - 1 below the line. Where questions are
drawn at random, a position is a place on the paper, and a question is looked at over the attempts that met it, as
Moodle does.

Exactness: marks are fractions and few different ones exist, so a sample keeps how often each pair of mark and total was
seen. That is streaming (one pair after the other, samples merge by adding), takes memory for the different pairs and
none for more attempts, and lets every sum be taken in whole numbers. Only the last root or division makes a float.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Pair = tuple[Fraction, Fraction]  # a mark and the total of the attempt it belongs to


# --- what is gathered ----------------------------------------------------------------------------------------------
@dataclass
class Sample:
    """totals: {total: attempts}. positions and questions: {which: {(mark, total): attempts}}."""

    totals: Counter[Fraction] = field(default_factory=Counter)
    positions: dict[Hashable, Counter[Pair]] = field(default_factory=lambda: defaultdict(Counter))
    questions: dict[str, Counter[Pair]] = field(default_factory=lambda: defaultdict(Counter))

    def add_total(self, total: Fraction, times: int = 1) -> None:
        self.totals[total] += times

    def add_mark(self, position: Hashable, question: str, mark: Fraction, total: Fraction, times: int = 1) -> None:
        self.positions[position][mark, total] += times
        self.questions[question][mark, total] += times

    def merge(self, other: "Sample") -> None:
        self.totals.update(other.totals)
        for position, pairs in other.positions.items():
            self.positions[position].update(pairs)
        for question, pairs in other.questions.items():
            self.questions[question].update(pairs)

    @property
    def size(self) -> int:
        return self.totals.total()


def exact_total(score: Fraction, denominator: int) -> Fraction:
    """The total whose stored score, rounded down to a thousandth, is this one.

    denominator: a common one of all marks. Up to 1000, only one multiple of 1/denominator is in [score, score + 0.001):
    the total is found exactly. Beyond, the score itself is used, less than a thousandth of a point off.
    """
    if denominator > 1000:
        return score
    return Fraction(math.ceil(score * denominator), denominator)


# --- sums in whole numbers -----------------------------------------------------------------------------------------
def _whole(counts: Mapping[Fraction, int]) -> tuple[dict[int, int], int]:
    """The values as whole multiples of 1/unit, and unit."""
    unit = math.lcm(*(value.denominator for value in counts)) if counts else 1
    return {int(value * unit): times for value, times in counts.items()}, unit


def mean(counts: Mapping[Fraction, int]) -> Fraction:
    """Moodle, Quiz statistics calculations, "Average score": 1/S sum of T_s."""
    values, unit = _whole(counts)
    return Fraction(sum(value * times for value, times in values.items()), unit * sum(values.values()))


def central_sum(counts: Mapping[Fraction, int], power: int) -> Fraction:
    """The sum of (value - mean) to this power."""
    values, unit = _whole(counts)
    size = sum(values.values())
    total = sum(value * times for value, times in values.items())
    # (value - total / size) = (size * value - total) / size: no fraction inside the sum
    summed = sum((size * value - total) ** power * times for value, times in values.items())
    return Fraction(summed, (size * unit) ** power)


def variance(counts: Mapping[Fraction, int]) -> Fraction | None:
    """Moodle, Quiz statistics calculations: V(x) = 1/(S-1) sum of (x - mean)²; None for fewer than two."""
    size = sum(counts.values())
    return central_sum(counts, 2) / (size - 1) if size > 1 else None


def deviation(counts: Mapping[Fraction, int]) -> float | None:
    """Moodle, Quiz statistics calculations, "Standard deviation": SD = sqrt(V(x)), of totals and of marks alike."""
    spread = variance(counts)
    return None if spread is None else math.sqrt(spread)


def covariance(pairs: Mapping[Pair, int]) -> Fraction | None:
    """Moodle, Quiz statistics calculations: C(x, y) = 1/(S-1) sum of (x - mean of x)(y - mean of y).

    None for fewer than two."""
    size = sum(pairs.values())
    if size < 2:
        return None
    unit = math.lcm(*(value.denominator for pair in pairs for value in pair))
    sum_x = sum_y = sum_xy = 0
    for (x, y), times in pairs.items():
        whole_x, whole_y = int(x * unit), int(y * unit)
        sum_x += whole_x * times
        sum_y += whole_y * times
        sum_xy += whole_x * whole_y * times
    return Fraction(size * sum_xy - sum_x * sum_y, size * (size - 1) * unit * unit)


def in_order(first: Mapping[Fraction, int], second: Mapping[Fraction, int]) -> Counter[Pair]:
    """Both sorted and put side by side: the pairing with the greatest covariance there can be."""
    pairs: Counter[Pair] = Counter()
    ys = iter(sorted(second.items()))
    y, left = next(ys, (Fraction(0), 0))
    for x, times in sorted(first.items()):
        while times:
            if not left:
                y, left = next(ys)
            taken = min(times, left)
            pairs[x, y] += taken
            times -= taken
            left -= taken
    return pairs


def _counts(values: Iterable[tuple[Fraction, int]]) -> Counter[Fraction]:
    counts: Counter[Fraction] = Counter()
    for value, times in values:
        counts[value] += times
    return counts


# --- the quiz ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class QuizFigures:
    """Points where nothing else is said; None where too few attempts, or no spread, leave a figure undefined.

    consistency and error_ratio: percent.
    """

    size: int
    mean: float
    median: float
    deviation: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    consistency: float | None = None
    error_ratio: float | None = None
    standard_error: float | None = None


def quiz_figures(sample: Sample) -> QuizFigures | None:
    """Moodle, Quiz statistics calculations, "Test statistics"."""
    totals = sample.totals
    if not totals:
        return None
    alpha, spread = consistency(sample), deviation(totals)
    ratio = None if alpha is None else error_ratio(alpha)
    return QuizFigures(
        size=sample.size,
        mean=float(mean(totals)),
        median=float(median(totals)),
        deviation=spread,
        skewness=skewness(totals),
        kurtosis=kurtosis(totals),
        consistency=None if alpha is None else float(alpha),
        error_ratio=ratio,
        standard_error=None if ratio is None or spread is None else standard_error(ratio, spread),
    )


def median(counts: Mapping[Fraction, int]) -> Fraction:
    """Moodle, Quiz statistics calculations, "Median score": the one in the middle, or the mean of the two in the
    middle."""
    size = sum(counts.values())
    middle, passed = [], 0
    for value, times in sorted(counts.items()):
        for rank in ((size - 1) // 2, size // 2):
            if passed <= rank < passed + times:
                middle.append(value)
        passed += times
    return (middle[0] + middle[1]) / 2


def skewness(counts: Mapping[Fraction, int]) -> float | None:
    """Moodle, Quiz statistics calculations, "Skewness": k3 / k2^(3/2), with k3 = S² m3 / ((S-1)(S-2)) and k2 = V(T)."""
    size, spread = sum(counts.values()), variance(counts)
    if size < 3 or not spread:
        return None
    k3 = size * central_sum(counts, 3) / ((size - 1) * (size - 2))
    # k3² / k2³ is exact; its root is taken last, so that no power of a small float is ever divided by
    return math.copysign(math.sqrt(k3**2 / spread**3), k3)


def kurtosis(counts: Mapping[Fraction, int]) -> float | None:
    """Moodle, Quiz statistics calculations, "Kurtosis": k4 / k2², with k4 = S² ((S+1) m4 - 3 (S-1) m2²) /
    ((S-1)(S-2)(S-3)); 0 for a normal curve."""
    size, spread = sum(counts.values()), variance(counts)
    if size < 4 or not spread:
        return None
    m2, m4 = central_sum(counts, 2) / size, central_sum(counts, 4) / size
    k4 = size**2 * ((size + 1) * m4 - 3 * (size - 1) * m2**2) / ((size - 1) * (size - 2) * (size - 3))
    return float(k4 / spread**2)


def consistency(sample: Sample) -> Fraction | None:
    """Moodle, Quiz statistics calculations, "Coefficient of internal consistency" (Cronbach's alpha), percent:
    CIC = 100 P/(P-1) (1 - sum of V(x_p) / V(T)).

    None unless every attempt has a mark at each of at least two positions.
    """
    spread, positions = variance(sample.totals), sample.positions.values()
    if not spread or len(positions) < 2 or any(pairs.total() != sample.size for pairs in positions):
        return None
    inner = sum((variance(marks_of(pairs)) or Fraction(0) for pairs in positions), Fraction(0))
    return 100 * Fraction(len(positions), len(positions) - 1) * (1 - inner / spread)


def error_ratio(alpha: Fraction) -> float:
    """Moodle, Quiz statistics calculations, "Error ratio", percent: ER = 100 sqrt(1 - CIC/100)."""
    return 100 * math.sqrt(max(Fraction(0), 1 - alpha / 100))


def standard_error(ratio: float, spread: float) -> float:
    """Moodle, Quiz statistics calculations, "Standard error": SE = ER/100 SD(T), in points."""
    return ratio * spread / 100


# --- a question, or a position -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ItemFigures:
    """Percent, but for size; None where a figure is undefined, effective_weight also for a negative covariance."""

    size: int
    facility: float
    deviation: float | None
    guess: float | None
    intended_weight: float
    effective_weight: float | None
    discrimination: float | None
    efficiency: float | None


def item_figures(
    pairs: Mapping[Pair, int],
    *,
    most: Fraction = Fraction(1),
    paper: Fraction,
    guess: Fraction | None = None,
    effective_weight: float | None = None,
) -> ItemFigures:
    """Moodle, Quiz statistics calculations, "Position statistics". most: the highest mark; paper: the highest total.

    The rest of the test is X = T - x for drawn questions too, as the document has it (Moodle's code takes T there).
    """
    spread = deviation(marks_of(pairs))
    return ItemFigures(
        size=sum(pairs.values()),
        facility=facility(pairs, most),
        deviation=None if spread is None else 100 * spread / float(most),
        guess=None if guess is None else float(100 * guess),
        intended_weight=intended_weight(most, paper),
        effective_weight=effective_weight,
        discrimination=discrimination(pairs),
        efficiency=efficiency(pairs),
    )


def facility(pairs: Mapping[Pair, int], most: Fraction) -> float:
    """Moodle, Quiz statistics calculations, "Facility index", percent: F = 100 mean of x / x(max)."""
    return float(100 * mean(marks_of(pairs)) / most)


def intended_weight(most: Fraction, paper: Fraction) -> float:
    """Moodle, Quiz statistics calculations, "Intended question weight", percent: 100 x(max) / T(max)."""
    return float(100 * most / paper)


def marks_of(pairs: Mapping[Pair, int]) -> Counter[Fraction]:
    return _counts((mark, times) for (mark, _total), times in pairs.items())


def rests_of(pairs: Mapping[Pair, int]) -> Counter[Fraction]:
    return _counts((total - mark, times) for (mark, total), times in pairs.items())


def _with_rest(pairs: Mapping[Pair, int]) -> Counter[Pair]:
    return Counter({(mark, total - mark): times for (mark, total), times in pairs.items()})


def discrimination(pairs: Mapping[Pair, int]) -> float | None:
    """Moodle, Quiz statistics calculations, "Discrimination index": the correlation 100 C(x, X) / sqrt(V(x) V(X)) of
    the mark with the rest of the test."""
    common, spread, rest_spread = covariance(_with_rest(pairs)), variance(marks_of(pairs)), variance(rests_of(pairs))
    if common is None or not spread or not rest_spread:
        return None
    return 100 * math.copysign(math.sqrt(common**2 / (spread * rest_spread)), common)


def efficiency(pairs: Mapping[Pair, int]) -> float | None:
    """Moodle, Quiz statistics calculations, "Discriminative efficiency": 100 C(x, X) / Cmax(x, X), Cmax with both
    sorted: what these marks could reach."""
    common, most = covariance(_with_rest(pairs)), covariance(in_order(marks_of(pairs), rests_of(pairs)))
    return float(100 * common / most) if common is not None and most else None


def effective_weights(positions: Mapping[Hashable, Mapping[Pair, int]]) -> dict[Hashable, float | None]:
    """Moodle, Quiz statistics calculations, "Effective question weight": 100 sqrt(C(x_p, T)) / sum of all
    sqrt(C(x_p, T)).

    Positions whose covariance is negative have none and are left out of the sum.
    """
    common = {name: covariance(pairs) for name, pairs in positions.items()}
    roots = {name: math.sqrt(value) for name, value in common.items() if value is not None and value >= 0}
    whole = math.fsum(roots.values())
    return {name: 100 * roots[name] / whole if whole and name in roots else None for name in positions}


def histogram(totals: Mapping[Fraction, int], paper: int, bars: int = 10) -> list[int]:
    """Attempts by total, from 0 to 100%, in so many equal steps; the last one holds 100% too."""
    heights = [0] * bars
    for total, times in totals.items():
        heights[min(bars - 1, int(total * bars / paper))] += times
    return heights


# --- a question over all its papers --------------------------------------------------------------------------------
def beside_the_rest(mark: Fraction, weight: int, total: Fraction, paper: int) -> Pair:
    """The mark, and the mark and the share of the rest of the paper: a pair for `discrimination`, whose rest is then a
    share whatever the paper was worth. Of a paper with nothing else on it the rest is 0."""
    rest = paper - weight
    return mark, mark + ((total - weight * mark) / rest if rest else Fraction(0))


# --- languages -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Gap:
    """How much harder a question is in one language than in another, percent points, beyond what the rest of the test
    says about the people; surely: more than chance gives (2.58 standard errors, one in a hundred)."""

    points: float
    surely: bool


def gap(
    harder: Mapping[Pair, int], easier: Mapping[Pair, int], *, paper: Fraction, most: Fraction = Fraction(1)
) -> Gap | None:
    """Positive when `harder` is. What is compared: the mark less the share of the rest of the test, as Welch does."""
    left, right = _beyond(harder, paper, most), _beyond(easier, paper, most)
    spread_left, spread_right = variance(left), variance(right)
    if spread_left is None or spread_right is None:
        return None
    points = float(100 * (mean(right) - mean(left)))
    error = 100 * math.sqrt(spread_left / left.total() + spread_right / right.total())
    return Gap(points, points > 2.58 * error)


def _beyond(pairs: Mapping[Pair, int], paper: Fraction, most: Fraction) -> Counter[Fraction]:
    """The mark as a share, less the share that the same person reached in the rest of the test."""
    rest = paper - most
    if rest <= 0:
        return _counts((mark / most, times) for (mark, _total), times in pairs.items())
    return _counts((mark / most - (total - mark) / rest, times) for (mark, total), times in pairs.items())
