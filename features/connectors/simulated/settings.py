"""What the simulated MFI is like: every number a user may turn, with the published level its default stands for."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from features.errors import UsageError

#: Strength of each driver: what it adds, when fully on, to the cumulative hazard of leaving of an average client at a
#: decision point (a hazard of 0.5 alone means leaving with probability 1 - exp(-0.5) = 39 %). No study gives such
#: figures; which drivers are strong follows the studies on why clients leave: repayment trouble (Pagura 2004),
#: interest in the group and its meetings lost (Freedom from Hunger 2015), loans cut below what was asked (Musona and
#: Coetzee 2001), paying ahead (Sudarsanam and Philip), the first cycles (Philippines: 54 % of leavers in cycles 1 to
#: 3); next come officers who change (Drexler and Schoar 2014). CHN-1 leaves traces and has no effect: a model must not
#: fall for it.
DRIVER_STRENGTHS: Mapping[str, float] = MappingProxyType(
    {
        "ARR-1": 0.60,
        "ARR-2": 0.05,
        "PAY-1": 0.46,
        "AMT-1": 0.46,
        "AMT-2": 0.04,
        "SAV-1": 0.06,
        "WAIT-1": 0.03,
        "DEN-1": 0.10,
        "GRP-1": 0.06,
        "GRP-2": 0.64,
        "OFF-1": 0.18,
        "OFF-2": 0.03,
        "CMP-1": 0.18,
        "NEW-1": 0.42,
        "RST-1": 0.03,
        "SEA-1": 0.04,
        "CHN-1": 0.0,
    }
)

SMALLEST_MFI = 100
SHORTEST_WEEKS, LONGEST_WEEKS = 26, 520


@dataclass(frozen=True)
class SimulationSettings:
    """One simulated MFI. Equal settings give equal bytes.

    Parameters
    ----------
    clients
        Rows of `clients`: everybody who was ever a client inside the window.
    weeks
        Length of the window, which ends on `end_on`.
    seed
        Two seeds give two MFIs of the same kind.
    end_on
        Last day of the book, a Sunday. The window's weeks run from Monday to Sunday.
    truth_every_weeks
        Distance of the dates for which the true probabilities are written; the last one is `end_on`.
    base_hazard
        Cumulative hazard of leaving at a decision point with no driver on. With the default drivers about 27 % leave
        at each decision point and, by the flow identity, about 25 % of the clients in a year
        ("often in excess of 25 %", Wright et al. 1998).
    drivers
        Strength by driver code; codes that are not named keep `DRIVER_STRENGTHS`. 0 switches a driver's effect off
        and leaves its traces.
    hidden_trait
        Spread (sigma of a log-normal with mean 1) of the trait nobody can see that multiplies the whole hazard.
    helped, driven_away
        Share of clients whom a retention visit helps and whom it drives away; the others are unmoved. That contact
        can harm is published: 10.0 % left against 6.4 % of controls (Ascarza, Iyengar and Schleicher 2016).
    visible_effect
        How much lending and cycle tell whom a visit helps and whom it drives away: 0 a little, 1 nearly all
        (`people.HELPS_BY_CYCLE`).
    helped_effect, driven_away_effect
        What a recent retention visit multiplies the hazard of those two classes by.
    retention_visits_per_year
        Retention visits a client gets in a year with an open loan; who gets one is drawn at random.
    season
        Strength of harvest, lean season and school fees: 0 none, 1 as drawn in `season.py`.
    intake_per_year
        Clients who join in a year, as a share of those at the start.
    clients_per_officer
        Clients of one officer when the window opens (419 in India in 2015, Bharat Microfinance Report; 250 to 400 is
        planned with).
    group_share
        Share of clients who borrow in groups.
    officer_turnover
        Officers leaving in a year, as a share.
    deaths_per_year, transfers_per_year
        Share of clients who die, who are transferred or move to another id.
    never_known
        Share of deaths and transfers that never reach the register.
    back_dated, reversed_entries, late_closings
        Share of repayments entered days later, of repayments entered twice and undone, of loan ends entered late.
    interviewed
        Share of those who left by choice whose reasons were asked, known only after the grace period.
    messy_text
        Share of names, villages and purposes spelled in another way.
    currency
        ISO 4217 code; XTS is the code reserved for tests.
    """

    clients: int = 5_000
    weeks: int = 156
    seed: int = 1
    end_on: date = date(2025, 12, 28)
    truth_every_weeks: int = 4
    base_hazard: float = 0.001
    drivers: Mapping[str, float] = field(default_factory=dict)
    hidden_trait: float = 0.15
    helped: float = 0.35
    driven_away: float = 0.20
    visible_effect: float = 0.0
    helped_effect: float = 0.5
    driven_away_effect: float = 1.6
    retention_visits_per_year: float = 0.3
    season: float = 1.0
    intake_per_year: float = 0.33
    clients_per_officer: int = 385
    group_share: float = 0.68
    officer_turnover: float = 0.25
    deaths_per_year: float = 0.005
    transfers_per_year: float = 0.015
    never_known: float = 0.15
    back_dated: float = 0.03
    reversed_entries: float = 0.004
    late_closings: float = 0.06
    interviewed: float = 0.15
    messy_text: float = 0.12
    currency: str = "XTS"

    def __post_init__(self) -> None:
        _whole("clients", self.clients, SMALLEST_MFI, 20_000_000)
        _whole("weeks", self.weeks, SHORTEST_WEEKS, LONGEST_WEEKS)
        _whole("seed", self.seed, 0, 2**63 - 1)
        _whole("truth_every_weeks", self.truth_every_weeks, 1, LONGEST_WEEKS)
        _whole("clients_per_officer", self.clients_per_officer, 20, 5_000)
        if self.end_on.isoweekday() != 7:
            raise UsageError(f"end_on={self.end_on.isoformat()} is not a Sunday. The window's weeks end on Sundays.")
        unknown = sorted(set(self.drivers) - set(DRIVER_STRENGTHS))
        if unknown:
            raise UsageError(
                f"drivers names {', '.join(unknown)}; the simulated MFI has {', '.join(DRIVER_STRENGTHS)}. "
                "Take the name out or write it as it stands there."
            )
        for code, strength in self.drivers.items():
            _between(f"drivers[{code}]", strength, 0, 5)
        _between("base_hazard", self.base_hazard, 0, 5)
        _between("hidden_trait", self.hidden_trait, 0, 2)
        _between("helped_effect", self.helped_effect, 0, 1)
        _between("driven_away_effect", self.driven_away_effect, 1, 5)
        _between("retention_visits_per_year", self.retention_visits_per_year, 0, 20)
        _between("season", self.season, 0, 3)
        _between("intake_per_year", self.intake_per_year, 0, 3)
        for name in (
            "helped", "driven_away", "visible_effect", "group_share", "officer_turnover", "deaths_per_year",
            "transfers_per_year", "never_known", "back_dated", "reversed_entries", "late_closings", "interviewed",
            "messy_text",
        ):  # fmt: skip
            _between(name, getattr(self, name), 0, 1)
        if self.helped + self.driven_away > 1:
            raise UsageError(
                f"helped={self.helped} and driven_away={self.driven_away} are more than all clients. Lower one of them."
            )
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise UsageError(f"currency={self.currency!r} is not an ISO 4217 code. Write three capital letters.")

    def strength(self, code: str) -> float:
        """Strength of one driver, on the cumulative hazard of an average client."""
        return float(self.drivers.get(code, DRIVER_STRENGTHS[code]))

    @property
    def started_share(self) -> float:
        """Share of `clients` who were clients already when the window opens."""
        return 1.0 / (1.0 + self.intake_per_year * self.weeks / 52)

    def as_plain(self) -> dict[str, object]:
        """All settings as JSON can hold them, every driver named."""
        plain: dict[str, object] = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain["end_on"] = self.end_on.isoformat()
        plain["drivers"] = {code: self.strength(code) for code in DRIVER_STRENGTHS}
        return plain


def _whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UsageError(f"{name}={value!r} is not a whole number from {low} to {high}. Write one that is.")


def _between(name: str, value: object, low: float, high: float) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= float(value) <= high:  # type: ignore[arg-type]
        raise UsageError(f"{name}={value!r} is not a number from {low} to {high}. Write one that is.")
