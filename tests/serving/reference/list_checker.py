"""Whether lists keep every rule: slow, in plain Python, written from the sentences of the rules, not from their code.

`breaches` gives the name of each sentence that a week's lists break.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from drawn_weeks import AS_OF, Client, DrawnWeek, Printed

from features.drivers import Action
from serving.holds import Held, Hold, Reach
from serving.protections import BY_CALL, PROTECTIVE, SPEAKS_OF_A_LOAN

#: Turns in the lot, as `serving.rules.Choice.turns` has them.
Turns = list[dict[str, Any]]
WEEK = [AS_OF + timedelta(days=ahead) for ahead in range(1, 8)]


class Checker:
    """The lines of a week beside the facts about its clients."""

    def __init__(self, week: DrawnWeek, lines: list[Printed], barred: dict[str, str], turns: Turns) -> None:
        self.settings, self.lines, self.barred = week.settings, lines, barred
        self.clients = {client["client_id"]: client for client in week.clients}
        self.holds = [held for held in week.holds if self.in_force(held)]
        self.last_week = [line for line in week.last_week if not line["answered"]]
        self.week, self.turns, self.seen = week, turns, week.seen
        self.arms = {**week.arms, **{turn["unit"]: turn["arm"] for turn in turns}} if week.lot else {}

    @staticmethod
    def in_force(held: Held) -> bool:
        if held.from_on > AS_OF or (held.until_on is not None and held.until_on < AS_OF):
            return False
        return held.lifted_on is None or held.lifted_on > AS_OF

    def listed(self) -> Iterator[tuple[Printed, Client]]:
        for line in self.lines:
            yield line, self.clients[line.client_id]

    def is_held(self, client: Client, *kinds: Hold) -> bool:
        for held in self.holds:
            if held.kind not in kinds:
                continue
            village = (client["village"] or "").lower().replace(".", "").split()
            if {
                Reach.CLIENT: held.target == client["client_id"],
                Reach.HOUSEHOLD: held.target == client["household_id"],
                Reach.GROUP: held.target == client["group_id"],
                Reach.VILLAGE: held.target.lower().split() == village,
                Reach.BRANCH: held.target == client["branch_id"],
            }[held.reach]:
                return True
        return False

    def holidays(self, *branches: str | None) -> set[date]:
        days = set(self.settings.holidays.get("all", ()))
        for branch in branches:
            days |= set(self.settings.holidays.get(branch or "", ()))
        return days

    def complains(self, client: Client) -> bool:
        return client["complaint_since"] is not None

    def unreachable(self, client: Client) -> bool:
        return client["phone_ok"] is False and client["failed_tries"] >= self.settings.unreached_to_desk

    def owner(self, client: Client) -> str:
        """Whose list a client's line stands on."""
        if self.complains(client) or self.unreachable(client) or not client["officer_serves"]:
            return "desk"
        if client["band"] in self.week.stopped and self.not_barred(client):
            return "desk"
        return str(client["officer_id"])

    def unit(self, client: Client) -> str:
        """Who keeps what the lot said."""
        key = {"household": "household_id", "group": "group_id"}.get(self.settings.count_once)
        named = key and client[key]
        return f"{self.settings.count_once}:{named}" if named else f"client:{client['client_id']}"

    def held_out(self, client: Client) -> bool:
        """Whether the lot left her out."""
        return not self.spared(client) and self.arms.get(self.unit(client)) == "held_out"

    def spared(self, client: Client) -> bool:
        """Whether no lot leaves her out: a complaint, need, or a line that is waited for."""
        return self.complains(client) or client["client_id"] in self.week.needy or self.was_asked(client)

    def off(self, owner: str, *why: str) -> list[Client]:
        """Who is left off a list for some of the reasons."""
        barred = (self.clients[client] for client, reason in self.barred.items() if reason in why)
        return [client for client in barred if self.owner(client) == owner]

    def hiding(self, owner: str) -> int:
        """Units off a list for reasons its owner does not see, less those that the lot left out."""
        own = {line.client_id for line in self.lines if line.list_of == owner}
        seen = {self.unit(who) for _, who in self.listed() if not self.complains(who) and self.owner(who) == owner}
        elsewhere = [
            who
            for who in self.off(owner, "counted_once")
            if not own & {other["client_id"] for other in self.counted(who)}
        ]
        unseen = self.off(owner, "no_room", "below_band") + elsewhere
        return len({self.unit(who) for who in unseen} - seen) - self.lots(owner)

    def lots(self, owner: str) -> int:
        """Units which the lot left out of a list."""
        return len({self.unit(who) for who in self.off(owner, "held_out")})

    def feared_for(self, owner: str) -> int:
        """Units left out elsewhere this week of whom a spared member asks here: she might have been missed."""
        out = {turn["unit"] for turn in self.turns if turn["arm"] == "held_out"}
        spared = {self.unit(who) for who in self.clients.values() if self.owner(who) == owner and self.spared(who)}
        return len(out & spared)

    def sure(self, owner: str) -> int:
        """How many more households ask for a place than there is room for, and are below its bands, less the lots."""
        free = [who for who in self.clients.values() if self.owner(who) == owner and self.free(who)]
        free = [who for who in free if not self.complains(who)]
        asking = {self.unit(who) for who in free if not self.held_out(who)}
        below = {self.unit(who) for who in self.off(owner, "below_band")} - {self.unit(who) for who in free}
        return len(asking) + len(below) - self.room(owner) - self.lots(owner)

    def room(self, owner: str) -> int:
        """Clients an owner may still be asked to see this week."""
        whole = self.settings.capacity.get(owner, self.settings.list_length)
        if owner == "desk":
            whole = self.settings.desk_length
        return max(whole - list(self.seen.values()).count(owner), 0)

    def free(self, client: Client) -> bool:
        """Whether no sentence of `NEVER_LISTED` is about her."""
        return not any(about(self, client) for about in NEVER_LISTED.values())

    def not_barred(self, client: Client) -> bool:
        """Whether she is in need and none of the sentences of protections is about her."""
        in_need = client["client_id"] in self.week.needy
        return in_need and not any(about(self, client) for name, about in NEVER_LISTED.items() if name != "stopped")

    def turn(self, client: Client) -> tuple[float, float, str]:
        """Sorts first whom a contact is expected to keep, or who is most at risk, as the MFI chose."""
        if self.week.helped:
            return -self.week.helped[client["client_id"]], -client["margin"], client["client_id"]
        resting = client["state"] == "resting"
        chance = self.settings.chance_kept_resting if resting else self.settings.chance_kept
        keeps = round(client["risk"] * chance, 12) if self.settings.rank_by == "benefit" else 0.0
        return -keeps, -client["margin"], client["client_id"]

    def counted(self, client: Client) -> list[Client]:
        """Who of her household or group is listed in its one line."""
        key = {"household": "household_id", "group": "group_id"}.get(self.settings.count_once)
        if key is None or not client[key] or self.complains(client):
            return []
        listed = {line.client_id for line in self.lines}
        return [
            c
            for c in self.clients.values()
            if c[key] == client[key] and c["client_id"] in listed and not self.complains(c)
        ]

    def stood_for(self, client: Client) -> bool:
        """Whether another of her household or group, whose turn is before hers, is counted in her place."""
        return any(self.turn(other) < self.turn(client) for other in self.counted(client))

    def asks(self) -> dict[str, list[Client]]:
        """Clients who may be asked for on each list, complaints aside, in their turn."""
        found: dict[str, list[Client]] = {}
        for client in sorted(self.clients.values(), key=self.turn):
            asks = self.free(client) and not self.complains(client) and not self.held_out(client)
            if asks and not self.stood_for(client):
                found.setdefault(self.owner(client), []).append(client)
        return found

    def unanswered(self, client: Client) -> int:
        """For how many weeks the same owner's lists had no answer of her; 0 where last week's was another's."""
        for line in self.last_week:
            if line["client_id"] == client["client_id"] and line["owner"] == self.owner(client):
                return int(line["weeks"])
        return 0

    def was_asked(self, client: Client) -> bool:
        return 0 < self.unanswered(client) <= self.settings.carry_over_weeks


#: Of whom a sentence says that she is on no list.
NEVER_LISTED: dict[str, Callable[[Checker, Client], bool]] = {
    "objection": lambda c, who: c.is_held(who, Hold.OBJECTION),
    "opt_out": lambda c, who: who["contact_opt_out"] is True or c.is_held(who, Hold.OPT_OUT),
    "do_not_contact": lambda c, who: c.is_held(who, Hold.DO_NOT_CONTACT),
    "bereavement": lambda c, who: c.is_held(who, Hold.BEREAVEMENT),
    "disaster": lambda c, who: c.is_held(who, Hold.DISASTER),
    "unsafe": lambda c, who: c.is_held(who, Hold.UNSAFE),
    "cool_off": lambda c, who: who["cooling"] and not c.complains(who),
    "asked_enough": lambda c, who: who["asked_enough"] and not c.complains(who),
    "gone": lambda c, who: who["gone"],
    "rested": lambda c, who: (
        who["rests_since"] is not None
        and (AS_OF - who["rests_since"]).days > c.settings.rest_days
        and not c.complains(who)
    ),
    "below_band": lambda c, who: (
        not c.complains(who)
        and who["band"]
        not in {"low": "low medium high", "medium": "medium high", "high": "high"}[c.settings.lowest_band].split()
    ),
    "not_helped": lambda c, who: c.week.helped.get(who["client_id"], 0.0) < 0 and not c.complains(who),
    "stopped": lambda c, who: (
        who["band"] in c.week.stopped and not c.complains(who) and who["client_id"] not in c.week.needy
    ),
    "branch_closed": lambda c, who: (
        set(WEEK) <= c.holidays()
        or (
            not c.complains(who)
            and any(
                set(WEEK) <= set(c.settings.holidays.get(branch or "", ())) or set(WEEK) <= c.holidays(branch)
                for branch in (who["branch_id"], who["list_branch_id"])
                if branch
            )
        )
    ),
}


def breaches(week: DrawnWeek, lines: list[Printed], barred: dict[str, str], turns: Turns) -> set[str]:
    """Names of the sentences that are broken; none if every rule is kept."""
    checker = Checker(week, lines, barred, turns)
    broken = {name for name, about in NEVER_LISTED.items() if any(about(checker, who) for _, who in checker.listed())}
    return broken | {name for name, keeps in SENTENCES.items() if not keeps(checker)}


def once(c: Checker) -> bool:
    """Nobody stands on two lists, and everybody who was scored is listed or is told why not."""
    listed = Counter(line.client_id for line in c.lines)
    return (
        max(listed.values(), default=0) <= 1
        and set(listed) | set(c.barred) == set(c.clients)
        and not (set(listed) & set(c.barred))
    )


def complaint(c: Checker) -> bool:
    """A complaint is the desk's, and nobody else's list names the client."""
    return all(line.list_of == "desk" and "complaint" in line.routed for line, who in c.listed() if c.complains(who))


def heard(c: Checker) -> bool:
    """A complaint stays on the desk's list until it is closed: neither contacts nor her risk bar her from it."""
    silenced = [*("objection", "opt_out", "do_not_contact", "bereavement", "disaster", "unsafe", "gone")]
    for client_id, why in c.barred.items():
        if c.complains(c.clients[client_id]) and why not in (*silenced, "branch_closed", "held_out"):
            return False
    return True


def conduct(c: Checker) -> bool:
    """A complaint about an officer is told to the desk as one, and nothing else is."""
    return all(("conduct" in line.routed) == (c.complains(who) and who["about_staff"]) for line, who in c.listed())


def unreachable(c: Checker) -> bool:
    """Whose phone is dead and whom the latest tries did not reach is the desk's."""
    return all(
        ("unreachable" in line.routed) == c.unreachable(who) and (line.list_of == "desk" or not c.unreachable(who))
        for line, who in c.listed()
    )


def no_officer(c: Checker) -> bool:
    """Who has no officer in service is the desk's; all others are their own officer's."""
    return all(
        line.list_of == c.owner(who) and ("no_officer" in line.routed) == (not who["officer_serves"])
        for line, who in c.listed()
    )


def capacity(c: Checker) -> bool:
    """No list is longer than its owner can see, and no officer's longer than ten."""
    asked = Counter(line.list_of for line, who in c.listed() if not c.complains(who))
    return all(lines <= c.room(owner) and (owner == "desk" or lines <= 10) for owner, lines in asked.items())


def counted_once(c: Checker) -> bool:
    """One of a household or a group that is counted once; before her are only those who found no room."""
    return all(len(c.counted(who)) <= 1 for who in c.clients.values())


def carried(c: Checker) -> bool:
    """Only unanswered lines of the same owner's last list are marked, all of them; half at most kept a place for it."""
    kept = Counter(line.list_of for line in c.lines if line.kept_place)
    return (
        all(line.carried_over == (c.unanswered(who) > 0) for line, who in c.listed())
        and all(c.was_asked(who) for line, who in c.listed() if line.kept_place)
        and all(count <= c.room(owner) // 2 for owner, count in kept.items())
    )


def kept_ahead(c: Checker) -> bool:
    """On an officer's list who was asked before and had no answer goes before new ones, as long as half is not full."""
    listed = {line.client_id for line in c.lines}
    for owner, clients in c.asks().items():
        if owner == "desk":
            continue
        first = [who for who in clients if c.was_asked(who)][: c.room(owner) // 2]
        if not {who["client_id"] for who in first} <= listed:
            return False
    return True


def by_turn(c: Checker) -> bool:
    """On an officer's list nobody goes before someone whose turn is earlier, but who was asked and had no answer."""
    new = {line.client_id for line in c.lines if not line.kept_place}
    listed = {line.client_id for line in c.lines}
    for owner, clients in c.asks().items():
        passed_over = False
        for who in clients:
            waits = who["client_id"] not in listed
            if owner != "desk" and passed_over and who["client_id"] in new:
                return False
            passed_over = passed_over or waits
    return True


def full(c: Checker) -> bool:
    """Nobody is left out for want of room while there is room."""
    asked = Counter(line.list_of for line, who in c.listed() if not c.complains(who))
    for owner, clients in c.asks().items():
        if asked[owner] < min(c.room(owner), len(clients)):
            return False
    return all(c.clients[who]["complaint_since"] is None for who, why in c.barred.items() if why == "no_room")


def fair_desk(c: Checker) -> bool:
    """On the desk's list a branch that waits below its floor has at most one line less than any other."""
    clients = c.asks().get("desk", [])
    listed = {line.client_id for line in c.lines}
    lines = Counter(who["branch_id"] or "" for who in clients if who["client_id"] in listed)
    waiting = {who["branch_id"] or "" for who in clients if who["client_id"] not in listed}
    most = max(lines.values(), default=0)
    return all(lines[branch] >= min(c.settings.desk_floor, most - 1) for branch in waiting)


def in_order(c: Checker) -> bool:
    """Ranks count from 1 by turn; on the desk's list overdue complaints go first, the oldest on top, then others."""

    def order(line: Printed) -> tuple[object, ...]:
        who = c.clients[line.client_id]
        since = who["complaint_since"]
        overdue = since is not None and (AS_OF - since).days > c.settings.complaint_days
        return not overdue, since if overdue else date.max, since is None, *c.turn(who)

    for owner in {line.list_of for line in c.lines}:
        own = sorted((line for line in c.lines if line.list_of == owner), key=order)
        if [line.rank for line in own] != list(range(1, len(own) + 1)):
            return False
    return True


def left_out(c: Checker) -> bool:
    """Nobody whom the lot left out is listed, but who is spared."""
    return not any(c.held_out(who) for _, who in c.listed())


def everybody_drawn(c: Checker) -> bool:
    """Where there is a lot everybody listed has an arm, but who is spared or would be told by her absence."""
    if c.week.lot is None:
        return True
    units: dict[str, list[Client]] = {}
    for who in c.clients.values():
        units.setdefault(c.unit(who), []).append(who)

    def would_be_told(unit: str) -> bool:
        owners = {c.owner(each) for each in units[unit]}
        return any(c.sure(owner) - 2 * c.feared_for(owner) < 2 for owner in owners)

    return all(c.unit(who) in c.arms or c.spared(who) or would_be_told(c.unit(who)) for _, who in c.listed())


def hidden(c: Checker) -> bool:
    """On a list from which this week's lot left a unit out, as many others are left off besides."""
    out = [c.clients[turn["client_id"]] for turn in c.turns if turn["arm"] == "held_out"]
    return all(c.hiding(c.owner(who)) >= 0 for who in out)


def in_turn(c: Checker) -> bool:
    """Turns of a stratum, which is a branch and a band, follow those taken before; each has the arm the lot has."""
    next_place = dict(c.week.taken)
    for turn in c.turns:
        who = c.clients[turn["client_id"]]
        stratum = f"{who['branch_id'] or ''}/{who['band']}"
        first = c.week.arms.get(turn["unit"]) is None and turn["unit"] == c.unit(who)
        place = next_place.get(stratum, 0)
        if c.week.lot is None or not first or (turn["stratum"], turn["place"]) != (stratum, place):
            return False
        if turn["arm"] != c.week.lot.arm(stratum, place):
            return False
        next_place[stratum] = place + 1
    return len({turn["unit"] for turn in c.turns}) == len(c.turns)


def holidays(c: Checker) -> bool:
    """The meeting shown is the client's, within the week, and never on a holiday."""
    for line, who in c.listed():
        closed = c.holidays(who["branch_id"], who["list_branch_id"])
        days = [day for day in WEEK if day.isoweekday() == who["meeting_weekday"] and day not in closed]
        if [line.meeting_on] != (days or [None]):
            return False
    return True


def minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def quiet_hours(c: Checker) -> bool:
    """Nobody is called outside the MFI's hours or her own, nor at all if the two do not meet."""
    for line, who in c.listed():
        wishes = [hour for hour in (who["hours_from"], who["hours_until"]) if hour]
        first = c.settings.contact_from.hour * 60 + c.settings.contact_from.minute
        last = c.settings.contact_until.hour * 60 + c.settings.contact_until.minute
        readable = all(hour != "noon" for hour in wishes)
        if readable and who["hours_from"]:
            first = max(first, minutes(who["hours_from"]))
        if readable and who["hours_until"]:
            last = min(last, minutes(who["hours_until"]))
        suits = readable and first < last
        if line.may_call and not suits:
            return False
        told = (line.call_from, line.call_until)
        if told != ("", "") and (not suits or (minutes(told[0]), minutes(told[1])) != (first, last)):
            return False
        if told == ("", "") and wishes and suits:
            return False
    return True


def safe_to_call(c: Checker) -> bool:
    """Whom a call puts in danger nobody is asked to call."""
    return not any(line.may_call for line, who in c.listed() if who["safe_to_call"] is False)


def no_call(c: Checker) -> bool:
    """Nobody who may not be called has an action that is a call."""
    return not any(Action(line.action) in BY_CALL for line in c.lines if not line.may_call)


def grievance_first(c: Checker) -> bool:
    """Who complains is helped with the complaint, by others if it is about staff and she may be called."""
    for line, who in c.listed():
        if c.complains(who):
            by_others = who["about_staff"] and line.may_call
            if Action(line.action) is not (Action.INDEPENDENT_CALL if by_others else Action.CLOSE_COMPLAINT):
                return False
    return True


def in_arrears(c: Checker) -> bool:
    """Who is late or had a loan written off gets a protective action and no offer; not known, no talk of a loan."""
    for line, who in c.listed():
        if who["days_late"] >= c.settings.arrears_days or who["written_off"]:
            if Action(line.action) not in PROTECTIVE or "loan" not in line.avoid:
                return False
        elif who["lateness_unknown"] and Action(line.action) in SPEAKS_OF_A_LOAN:
            return False
    return True


def over_indebted(c: Checker) -> bool:
    """Who carries too much gets a protective action and no offer, also where that is not among the reasons spoken."""
    for line, who in c.listed():
        weighs = "OVD-1" in (who["driver"], who["unspoken"])
        heavy = who["open_loans"] >= c.settings.many_loans or (who["open_loans"] > 0 and weighs)
        if heavy and (Action(line.action) not in PROTECTIVE or "loan" not in line.avoid):
            return False
    return True


def told_why(c: Checker) -> bool:
    """The reason told for somebody who is not listed is true."""
    for client_id, why in c.barred.items():
        who = c.clients[client_id]
        if why in NEVER_LISTED:
            true = NEVER_LISTED[why](c, who)
        elif why == "held_out":
            true = c.free(who) and c.held_out(who)
        elif why == "counted_once":
            true = c.free(who) and c.stood_for(who)
        else:
            true = why == "no_room" and c.free(who) and not c.stood_for(who)
        if not true:
            return False
    return True


SENTENCES: dict[str, Callable[[Checker], bool]] = {
    sentence.__name__: sentence
    for sentence in (
        once, complaint, heard, conduct, unreachable, no_officer, capacity, counted_once, carried, kept_ahead, by_turn,
        full, fair_desk, in_order, left_out, everybody_drawn, hidden, in_turn, holidays, quiet_hours, safe_to_call,
        no_call, grievance_first, in_arrears,
        over_indebted, told_why,
    )
}  # fmt: skip
