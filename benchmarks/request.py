"""What requests cost in process: answers, users, log lines, failures; and what stays in memory."""

from benchmarks.field import BARE, GUIDE, SDK, SDK_PARTS, SERVICES, SERVICES_PARTS, Field, Probe, probes
from benchmarks.tables import Table

PEERS = {contender.name: SDK_PARTS.name for contender in SERVICES_PARTS}
ALL = (BARE, SDK, GUIDE, *SERVICES, SDK_PARTS, *SERVICES_PARTS)
WITH_ERRORS = (SDK, GUIDE, *SERVICES)


def compare(place: Field, *, rounds: int) -> list[Table]:
    """Answers, users, lines and failures, each contender in turn in each round."""
    titles = {
        "answer": "An answer, in process, 10 % of requests traced",
        "user": "The same with a bearer token (the SDK alone and bare FastAPI ignore it)",
        "lines": "A request that writes 20 log lines",
        "failure": "A request that fails, 10 routes",
    }
    counts = {"answer": 200, "user": 200, "lines": 40, "failure": 8}
    with probes(place, ALL) as running:
        tables = []
        for kind, title in titles.items():
            found = take_turns(running, kind, counts[kind], rounds)
            tables.append(Table(title, "µs of CPU", found, SDK.name, PEERS))
    with probes(place, WITH_ERRORS, routes=200) as running:
        found = take_turns(running, "failure", counts["failure"], max(2, rounds // 2))
        tables.append(Table("A request that fails, 200 routes", "µs of CPU", found, SDK.name))
    return tables


def take_turns(running: dict[str, Probe], kind: str, count: int, rounds: int) -> dict[str, list[float]]:
    """Each contender measures once a round; the first round warms up."""
    found: dict[str, list[float]] = {name: [] for name in running}
    for number in range(rounds + 1):
        for name, probe in running.items():
            value = probe.ask(kind, count)
            if number:
                found[name].append(value)
    return found


def memory(place: Field, *, requests: int, failures: int) -> list[Table]:
    """What a process holds after many requests, and after many failures on top of them."""
    start: dict[str, list[float]] = {}
    answered: dict[str, list[float]] = {}
    failed: dict[str, list[float]] = {}
    for contender in (SDK, *SERVICES):
        with probes(place, (contender,)) as running:
            probe = running[contender.name]
            probe.ask("answer", 500)
            start[contender.name] = [probe.ask("memory") / 1_000]
            probe.ask("answer", requests)
            answered[contender.name] = [probe.ask("memory") / 1_000]
            for _ in range(0, failures, 50):
                probe.ask("failure", 50)
            failed[contender.name] = [probe.ask("memory") / 1_000]
    return [
        Table("Memory when started", "MB resident", start, SDK.name),
        Table(f"Memory after {requests:,} requests", "MB resident", answered, SDK.name),
        Table(f"Memory after {failures:,} failures more", "MB resident", failed, SDK.name),
    ]
