"""Dates of the rules, in Brussels; "until" is inclusive. Dates are datetime.date, instants are aware datetimes."""

import calendar
import datetime
import zoneinfo

BRUSSELS = zoneinfo.ZoneInfo("Europe/Brussels")
DAY = datetime.timedelta(days=1)
FOREVER = datetime.date(9999, 12, 31)


def day(text):
    return text if isinstance(text, datetime.date) else datetime.date.fromisoformat(text)


def months_after(date, months):
    """The same day number, or the month's last day where there is none (rulebook, head)."""
    place = date.year * 12 + date.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


def month_end(date):
    return months_after(date.replace(day=1), 1) - DAY


def ends_after_notice(notice):
    """R5, R6: the first day of the third month after; the first day not covered."""
    return months_after(notice.replace(day=1), 3)


def attestation_deadline(session, resolved=None):
    """The last day on which a session can be attested (deadline-passed, 2021 and 2024)."""
    last = months_after(session.replace(day=1), 3).replace(day=5)
    return max(last, months_after(resolved, 3)) if resolved else last


def window_start(last, months=12):
    """The first of the months that end on a day: the day after that day a year before (quota-exceeded)."""
    return months_after(last, -months) + DAY


def age(birth, on):
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def brussels_day(instant):
    return instant.astimezone(BRUSSELS).date()


def instant(text):
    """An RFC 3339 instant."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def in_brussels(date, time_of_day):
    """The instant of "09:00" or "09:00:00" on a day."""
    return datetime.datetime.combine(date, datetime.time.fromisoformat(time_of_day), BRUSSELS)
