"""Family meetings, from the catalogue's sentences."""

from slow_world import World, difference, share


def attended(w: World, c: str, start: int, stop: int) -> list[bool]:
    return [m.attended for m in w.own("attendance", c) if start <= w.ago(m.meeting_on) < stop]


def attended_share(w: World, c: str, start: int, stop: int) -> float | None:
    came = attended(w, c, start, stop)
    return share(sum(came), len(came))


def meetings_missed_91d(w: World, c: str) -> float | None:
    return sum(not came for came in attended(w, c, 0, 91)) if attended(w, c, 0, 365) else None


def attendance_share_91d(w: World, c: str) -> float | None:
    return attended_share(w, c, 0, 91)


def attendance_change(w: World, c: str) -> float | None:
    return difference(attended_share(w, c, 0, 56), attended_share(w, c, 56, 182))


def days_since_meeting(w: World, c: str) -> float | None:
    came = [w.ago(m.meeting_on) for m in w.own("attendance", c) if m.attended and w.ago(m.meeting_on) < 365]
    return min(came, default=None)


def meetings_missed_in_a_row(w: World, c: str) -> float | None:
    if not attended(w, c, 0, 365):
        return None
    last = days_since_meeting(w, c)
    return sum(not came for came in attended(w, c, 0, 365 if last is None else int(last)))
