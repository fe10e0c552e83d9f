"""Who is there: branches, posts, groups and clients, with everything about them that does not change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.connectors.simulated.causes import DRIVEN_AWAY, HELPED, TRAIT_LEVELS
from features.connectors.simulated.loan_end import PAYER_SHARES
from features.connectors.simulated.settings import SimulationSettings

Ints = NDArray[np.int64]

#: Rows of `clients` in a branch, and in the portion of the MFI that is simulated in one piece.
BRANCH_CLIENTS, PIECE_CLIENTS = 4_000, 12_000
#: Rows of `clients` for each group; about half of them are active at a time.
GROUP_CLIENTS = 24
GROUP, INDIVIDUAL = 0, 1
RURAL, URBAN = 0, 1

#: (name, lending, weeks, weeks between instalments; 0 is once a month). Main loans last 6 to 12 months.
PRODUCTS: tuple[tuple[str, int, int, int], ...] = (
    ("Group weekly 6 months", GROUP, 26, 1),
    ("Group weekly 11 months", GROUP, 46, 1),
    ("Group fortnightly 6 months", GROUP, 26, 2),
    ("Group fortnightly 9 months", GROUP, 40, 2),
    ("Individual monthly 6 months", INDIVIDUAL, 26, 0),
    ("Individual monthly 9 months", INDIVIDUAL, 39, 0),
    ("Individual monthly 12 months", INDIVIDUAL, 52, 0),
)
#: The small second loan beside a main loan: 16 weeks, fortnightly.
SIDE_LOAN = ("School and emergency 4 months", 16, 2)
_PRODUCT_SHARES = {GROUP: (0.25, 0.12, 0.38, 0.25), INDIVIDUAL: (0.40, 0.32, 0.28)}

#: By cycle and lending (group, individual), what multiplies the shares of those a visit helps and drives away when
#: what can be seen decides. No study has it by cycle; that those at highest risk need not be those whom contact keeps
#: is published (Ascarza 2018), so here the first cycle, which leaves most, is helped least.
HELPS_BY_CYCLE = np.array([[1.2, 0.0], [2.0, 0.6], [2.6, 1.2]])
DRIVES_BY_CYCLE = np.array([[1.2, 4.0], [0.5, 2.5], [0.0, 1.0]])


@dataclass(frozen=True)
class Piece:
    """A run of branches that is simulated on its own, from its own randomness."""

    number: int
    first_branch: int
    first_client: int
    branch_sizes: tuple[int, ...]


def pieces(settings: SimulationSettings) -> list[Piece]:
    """Cut the MFI into pieces. Depends on the number of clients alone."""
    branches = max(1, min(settings.clients // 350, max(3, round(settings.clients / BRANCH_CLIENTS))))
    sizes = [settings.clients // branches + (number < settings.clients % branches) for number in range(branches)]
    cut: list[Piece] = []
    start = 0
    while start < branches:
        stop, total = start + 1, sizes[start]
        while stop < branches and total + sizes[stop] <= PIECE_CLIENTS:
            total += sizes[stop]
            stop += 1
        cut.append(Piece(len(cut), start, sum(sizes[:start]), tuple(sizes[start:stop])))
        start = stop
    return cut


@dataclass(frozen=True)
class People:
    """What never changes about the clients of a piece. Arrays have one entry per client unless said otherwise.

    `group` is -1 for individual borrowers. `visit_class` has shape (3 cycles, clients). `trait` (level of the hidden
    trait), `payer`, `visit_class` and `rester` are hidden: no canonical table holds them.
    """

    branch: Ints
    post: Ints
    group: Ints
    lending: Ints
    area: Ints
    sector: Ints
    weekday: Ints
    join_week: Ints
    habit: Ints
    trait: Ints
    payer: Ints
    visit_class: Ints
    rester: Ints
    branch_area: Ints
    slow_branch: Ints
    post_branch: Ints
    group_branch: Ints
    group_post: Ints
    group_weekday: Ints

    @property
    def count(self) -> int:
        """Number of clients."""
        return len(self.branch)


def populate(settings: SimulationSettings, piece: Piece, rng: np.random.Generator) -> People:
    """Draw the clients of a piece."""
    sizes = piece.branch_sizes
    n = sum(sizes)
    branch = np.repeat(np.arange(len(sizes)), sizes)
    branch_area = (rng.random(len(sizes)) < 0.45).astype(np.int64)
    slow_branch = (rng.random(len(sizes)) < 0.3).astype(np.int64)
    area = np.where(rng.random(n) < 0.9, branch_area[branch], 1 - branch_area[branch])
    lending = (rng.random(n) >= settings.group_share).astype(np.int64)
    farms = np.where(area == RURAL, 0.45, 0.06)
    draw = rng.random(n)
    sector = np.where(draw < farms, 0, np.where(draw < farms + 0.65 * (1 - farms), 1, 2))

    post, group = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    post_branch: list[int] = []
    group_branch: list[int] = []
    group_post: list[int] = []
    for number, size in enumerate(sizes):
        posts = max(1, round(size * settings.started_share / settings.clients_per_officer))
        first_post, first_group = len(post_branch), len(group_branch)
        post_branch += [number] * posts
        inside = branch == number
        members = np.flatnonzero(inside & (lending == GROUP))
        groups = max(1, round(len(members) / GROUP_CLIENTS))
        group_branch += [number] * groups
        group_post += [first_post + k % posts for k in range(groups)]
        group[members] = first_group + rng.permutation(len(members)) % groups
        alone = np.flatnonzero(inside & (lending == INDIVIDUAL))
        post[alone] = first_post + rng.permutation(len(alone)) % posts
    in_group = group >= 0
    posts_of_groups = np.array(group_post, dtype=np.int64)
    post[in_group] = posts_of_groups[group[in_group]]
    group_weekday = rng.integers(0, 5, len(group_branch))
    weekday = np.where(in_group, group_weekday[np.maximum(group, 0)], rng.integers(0, 5, n))

    joins = rng.random(n) >= settings.started_share
    join_week = np.where(joins, rng.integers(0, settings.weeks, n), -1)
    draw = rng.random(n)
    habit = np.zeros(n, dtype=np.int64)
    for kind, shares in _PRODUCT_SHARES.items():
        first = next(k for k, product in enumerate(PRODUCTS) if product[1] == kind)
        habit = np.where(lending == kind, first + np.searchsorted(np.cumsum(shares)[:-1], draw, side="right"), habit)
    visit_class = _visit_classes(settings, lending, area, rng.random(n))
    return People(
        branch=branch,
        post=post,
        group=group,
        lending=lending,
        area=area,
        sector=sector,
        weekday=weekday,
        join_week=join_week,
        habit=habit,
        trait=rng.integers(0, TRAIT_LEVELS, n),
        payer=np.searchsorted(np.cumsum(PAYER_SHARES)[:-1], rng.random(n), side="right"),
        visit_class=visit_class,
        rester=(rng.random(n) < 0.2).astype(np.int64),
        branch_area=branch_area,
        slow_branch=slow_branch,
        post_branch=np.array(post_branch, dtype=np.int64),
        group_branch=np.array(group_branch, dtype=np.int64),
        group_post=posts_of_groups,
        group_weekday=group_weekday,
    )


def _visit_classes(settings: SimulationSettings, lending: Ints, area: Ints, draw: NDArray[np.float64]) -> Ints:
    """What a visit does to each client in each cycle, shape (3 cycles, clients)."""
    # Whom a visit helps depends a little on what can be seen, so that a model of effect has something to find.
    helps = np.where(lending == GROUP, 1.25, 0.5) * np.where(area == RURAL, 1.15, 0.85)
    drives = np.where(lending == GROUP, 0.6, 1.85)
    seen = settings.visible_effect
    helped = np.minimum(settings.helped * ((1 - seen) * helps + seen * HELPS_BY_CYCLE[:, lending]), 1.0)
    driven = np.minimum(settings.driven_away * ((1 - seen) * drives + seen * DRIVES_BY_CYCLE[:, lending]), 1.0 - helped)
    return np.where(draw < helped, HELPED, np.where(draw < helped + driven, DRIVEN_AWAY, 0))
