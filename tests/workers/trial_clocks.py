"""Let the clock run over a change and print when the schedule's task was due; run in a rendered service."""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Vienna")
STEP = timedelta(seconds=20)


def arq(start: datetime, end: datetime) -> list[datetime]:
    """What ARQ's worker does at each of its heart beats."""
    from app.worker.process import WorkerSettings

    [job] = WorkerSettings.cron_jobs
    assert WorkerSettings.timezone == ZONE
    runs, job.next_run = [], None
    while (start := start + STEP) < end:
        now = start.astimezone(ZONE)
        if job.next_run is None:
            job.calculate_next(now)
        elif job.next_run < now:
            runs.append(now)
            job.calculate_next(job.next_run)
    return runs


def celery(start: datetime, end: datetime) -> list[datetime]:
    """What Celery's beat does at each of its ticks."""
    from celery.schedules import crontab

    from app.worker import process
    from app.worker.engine import celery_app

    process._begin("scheduler")
    [entry] = celery_app.conf.beat_schedule.values()
    assert celery_app.conf.timezone == "Europe/Vienna"
    now = start.astimezone(ZONE)
    written = entry["schedule"]
    parts = (written._orig_minute, written._orig_hour, written._orig_day_of_week)
    schedule = crontab(*parts, app=celery_app, nowfun=lambda: now)
    runs, last = [], now
    while (start := start + STEP) < end:
        now = start.astimezone(ZONE)
        if schedule.is_due(last).is_due:
            runs.append(now)
            last = now
    return runs


for day in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
    for run in {"arq": arq, "celery": celery}[sys.argv[1]](day, day + timedelta(days=2)):
        print(run.isoformat(timespec="minutes"))
