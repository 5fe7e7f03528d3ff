"""Show an item before and after the door, with the rule that acted at each place."""

from dataclasses import dataclass
from typing import Any

from app.observability.privacy.items import ITEMS, other
from app.observability.privacy.passes import Pass
from app.observability.privacy.scrubber import Scrubber


@dataclass(frozen=True, slots=True)
class Place:
    """One place that changed: `path` such as `request.url`; `after` is None when it was left out."""

    path: str
    before: Any
    after: Any
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole item before and after, and every place that changed."""

    before: dict[str, Any]
    after: dict[str, Any]
    places: tuple[Place, ...]

    def __str__(self) -> str:
        return "\n".join(
            f"{place.path}: {place.before!r} -> {place.after!r}  [{', '.join(place.rules)}]"
            for place in self.places
        )


def explain(rules: Scrubber, item: dict[str, Any], kind: str = "event") -> Explanation:
    """Scrub `item` (payload of an envelope item of type `kind`) and say what happened where."""
    hits: list[tuple[str, str]] = []
    after = ITEMS.get(kind, other)(
        lambda: Pass(rules, lambda rule, fragment: hits.append((rule, fragment))), item
    )
    places: list[Place] = []
    _differences(item, after, "", hits, places)
    return Explanation(before=item, after=after, places=tuple(places))


def _differences(
    before: Any, after: Any, path: str, hits: list[tuple[str, str]], places: list[Place]
) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            here = f"{path}.{key}" if path else str(key)
            if key in after:
                _differences(value, after[key], here, hits, places)
            elif value not in (None, {}, [], ""):
                places.append(Place(here, value, None, _acting(value, hits) or ("structure",)))
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            _differences(old, new, f"{path}[{number}]", hits, places)
        return
    if before != after:
        places.append(Place(path, before, after, _acting(before, hits) or ("structure",)))


def _acting(before: Any, hits: list[tuple[str, str]]) -> tuple[str, ...]:
    """Rules that reported a fragment of this text, each once, in the order in which they acted."""
    text = before if isinstance(before, str) else str(before)
    return tuple(dict.fromkeys(rule for rule, fragment in hits if _acted(rule, fragment, text)))


def _acted(rule: str, fragment: str, text: str) -> bool:
    if rule == "learned":
        return fragment == text
    return bool(fragment) and (fragment in text or text in fragment)
