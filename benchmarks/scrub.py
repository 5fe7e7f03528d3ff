"""What the privacy door costs, next to `json.dumps` of the same item.

    make bench-scrub

Every measurement sees an item with fresh data, first one, then the other, in turns. Times are CPU time,
medians; trust the ratios, not the microseconds. Nothing here passes or fails.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEVELS = ("standard", "gdpr", "hipaa")
KEY = bytes(32)
ROUNDS = 150

Action = Callable[[], object]


def timed(action: Action) -> float:
    """CPU time of one call, in microseconds."""
    started = time.process_time_ns()
    action()
    return (time.process_time_ns() - started) / 1_000


def beside(pairs: Iterator[tuple[Action, Action]]) -> tuple[float, float]:
    """Medians of the first and of the second of each pair, which take turns in going first."""
    times: tuple[list[float], list[float]] = ([], [])
    for number, pair in enumerate(pairs):
        for which in (0, 1) if number % 2 else (1, 0):
            times[which].append(timed(pair[which]))
    return statistics.median(times[0][10:]), statistics.median(times[1][10:])


def items() -> None:
    """One row an item, one column a level: the door's microseconds, and their ratio to json.dumps."""
    from app.observability.privacy import Privacy
    from benchmarks import items as made

    rows = (
        ("error", "event", made.error),
        ("error with variables and body", "event", made.error_with_data),
        ("heavy event", "event", made.heavy),
        ("transaction, 50 spans", "transaction", made.transaction),
        ("50 streamed spans", "span", made.streamed),
        ("batch of 100 logs", "log", made.logs),
    )
    print(f"{'':<30}{'size':>7}{'json.dumps':>12}" + "".join(f"{level:>20}" for level in LEVELS))
    for name, kind, make in rows:
        cells, base = "", 0.0
        for level in LEVELS:
            door = Privacy(level, service="orders", pseudonym_key=KEY).transport.door
            base, cost = beside(pairs(door, kind, make))
            cells += f"{cost:>10.0f} us {cost / base:>5.2f}x"
        size = len(json.dumps(make(random.Random(7)))) / 1_000
        print(f"{name:<30}{size:>4.0f} kB{base:>9.0f} us{cells}")


def pairs(door: Any, kind: str, make: Callable[[random.Random], Any]) -> Iterator[tuple[Action, Action]]:
    """`json.dumps` and the door, over one fresh payload after the other."""
    from sentry_sdk.envelope import Envelope, Item, PayloadRef

    rng = random.Random(7)
    for _ in range(ROUNDS):
        payload = make(rng)
        envelope = Envelope(items=[Item(payload=PayloadRef(json=payload), headers={"type": kind})])
        yield partial(json.dumps, payload), partial(door.envelope, envelope, print)


def lines() -> None:
    """What a log line costs more than without the door, in microseconds."""
    import traceback

    from loguru import logger

    from app.observability.privacy import Privacy, begin

    class Refused(Exception):
        pass

    def refuse(order: int) -> None:
        raise Refused(f"order {order} was refused")

    # A message is judged against the function that wrote it, as in a service.
    def took(log: Any, order: int) -> None:
        log.info("order {} took {} ms", order, 12)

    def unpaid(log: Any, order: int) -> None:
        log.error("order {} was not paid", order)

    def failed(log: Any, order: int) -> None:
        log.exception("order {} was not paid", order)

    def write(message: Any) -> None:
        record = message.record
        error = record["exception"]
        told = renders[which](error.value) if error else ""
        json.dumps([record["message"], record["extra"], told])

    which = "no door"
    patchers: dict[str, Callable[[Any], None]] = {which: lambda record: None}
    renders: dict[str, Callable[[Any], str]] = {
        which: lambda error: "".join(traceback.format_exception(error))
    }
    for level in LEVELS:
        privacy = Privacy(level, service="orders", pseudonym_key=KEY)
        patchers[level], renders[level] = privacy.scrub_record, privacy.render_exception
    logger.remove()
    logger.configure(patcher=lambda record: patchers[which](record))
    logger.add(write, format=lambda record: "", catch=False)
    rng = random.Random(7)
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS * 4):
        number, request = rng.randint(1, 99_999), f"{rng.getrandbits(128):032x}"
        for which in rng.sample(list(patchers), len(patchers)):
            bound = logger.bind(order_id=f"ord_{number}", request_id=request, attempt=3, state="paid")
            with begin():
                spent = timed(partial(took, bound, number))
                found.setdefault(("info line", which), []).append(spent)
                spent = timed(partial(unpaid, bound, number))
                found.setdefault(("error line", which), []).append(spent)
                try:
                    refuse(number)
                except Refused:
                    spent = timed(partial(failed, bound, number))
                    found.setdefault(("error line with exception", which), []).append(spent)
    print(f"\n{'':<49}" + "".join(f"{level:>20}" for level in LEVELS))
    for name in ("info line", "error line", "error line with exception"):
        base = statistics.median(found[name, "no door"])
        more = (statistics.median(found[name, level]) - base for level in LEVELS)
        print(f"{name:<37}{base:>9.0f} us" + "".join(f"{cost:>+17.0f} us" for cost in more))


HOSTILE = {
    "one letter": "a",
    "one digit": "1",
    "digit pairs": "1 ",
    "dotted digits": "1.",
    "dashed digits": "12-",
    "almost e-mails": "a@",
    "almost e-mails with dots": "a.b@c.",
    "colons": ":",
    "percent escapes": "%41",
    "nested percent escapes": "%2541",
    "keys": "password=",
    "pairs": "a=b&",
    "chained pairs": "a=b=",
    "quoted keys": "name='\\",
    "brackets behind keys": "name=(",
    "quotes": "'\"",
    "objects": '{"a":',
    "lists": "[",
    "words of rules": "born patient password ",
    "capitalised words": "Anna ",
    "base64": "aA1/",
    "keys of PEM": "-----BEGIN ",
    "statements": "select ''",
    "comments": "/**/",
    "addresses": "http://a@",
    "blanks": " ",
    "lines": "\n",
    "tabs and blanks": " \t",
    "letters of two bytes": "ä",
    "hexadecimal": "f0:",
    "streets": "Weg 1",
}
SURFACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "message": lambda text: {"message": text},
    "variable": lambda text: {
        "exception": {"values": [{"stacktrace": {"frames": [{"in_app": True, "vars": {"value": text}}]}}]}
    },
    "body": lambda text: {"request": {"data": text}},
    "query": lambda text: {"request": {"query_string": text, "url": "/a?" + text}},
    "tag": lambda text: {"tags": {"value": text}},
    "breadcrumb": lambda text: {"breadcrumbs": {"values": [{"category": "app", "message": text}]}},
    "statement": lambda text: {"breadcrumbs": {"values": [{"category": "query", "message": text}]}},
    "key": lambda text: {"extra": {text: 1}},
    "list": lambda text: {"extra": {"rows": [text]}},
}


def hostile() -> None:
    """The slowest of the strings of 100 kB in each place, in milliseconds."""
    from sentry_sdk.envelope import Envelope, Item, PayloadRef

    from app.observability.privacy import Privacy

    print(f"\n{'slowest string of 100 kB':<49}" + "".join(f"{level:>20}" for level in LEVELS))
    for surface, place in SURFACES.items():
        cells = ""
        for level in LEVELS:
            door = Privacy(level, service="orders", pseudonym_key=KEY).transport.door
            worst: list[tuple[float, str]] = []
            for name, piece in HOSTILE.items():
                payload = place((piece * 100_000)[:100_000])
                envelope = Envelope(items=[Item(payload=PayloadRef(json=payload), headers={"type": "event"})])
                worst.append((timed(partial(door.envelope, envelope, print)) / 1_000, name))
            cost, name = max(worst)
            cells += f"{cost:>17.1f} ms"
        print(f"{surface:<49}{cells}  {name}")


def main() -> None:
    """Render a service and measure its door, in a process of its own."""
    sys.path.insert(0, str(ROOT))
    from tests.rendering import render_to

    python = ROOT / ".cache" / "service-none" / "bin" / "python"
    if not python.exists():
        sys.exit("Run `make test` once: it installs what the rendered service needs.")
    with tempfile.TemporaryDirectory() as folder:
        render_to(Path(folder), compliance="gdpr")
        paths = os.pathsep.join((folder, str(ROOT)))
        subprocess.run([python, __file__, "measure"], env={**os.environ, "PYTHONPATH": paths}, check=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        items()
        lines()
        hostile()
    else:
        main()
