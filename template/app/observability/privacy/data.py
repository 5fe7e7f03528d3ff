"""Scrub nested data: the key is asked first, the value second."""

from abc import abstractmethod
from typing import Any

from app.observability.privacy.budgets import CUT, DEPTH
from app.observability.privacy.keys import verdict
from app.observability.privacy.leaves import LeafPass
from app.observability.privacy.literals import literal, pairs, row_name, sensitive_key
from app.observability.privacy.outlines import all_known
from app.observability.privacy.scrubber import KeyFacts

_FEW = 3


class DataPass(LeafPass):
    """Bags of keys and values."""

    __slots__ = ()

    @abstractmethod
    def headers(self, value: Any) -> dict[str, Any]:
        """Headers by allow-list."""

    def bag(self, value: Any, people: bool = False, key: str = "", depth: int = 0) -> Any:
        """Any JSON value. `people`: data that people typed (bodies, variables, arguments)."""
        budget = self.budget
        budget.nodes -= 1
        if budget.nodes < 0 or depth > DEPTH:
            return CUT
        if isinstance(value, dict):
            out: dict[str, Any] = {}
            known = self.rules.key_facts
            named = row_name(value) if "value" in value else ""
            for name, item in value.items():
                facts = known.get(name) or self._facts(name)
                kind = item.__class__
                if kind is str:
                    skip = hash(item) in facts.clean[people]
                    out[facts.kept] = item if skip else self._leaf(facts, name, item, people)
                elif item is None or kind is bool:
                    out[facts.kept] = item
                elif isinstance(item, (dict, list)):
                    out[facts.kept] = self._container(facts, name, item, people, depth)
                else:
                    out[facts.kept] = self._scalar(facts, item)
                budget.nodes -= 1
                if budget.nodes < 0:
                    break
            if named and "value" in out:
                out["value"] = self.entry(named, value["value"], people)[1]
            return out
        if isinstance(value, list):
            return self._list(value, people, key, depth)
        return self.leaf(key, value, people)

    def _list(self, value: list[Any], people: bool, key: str, depth: int) -> list[Any]:
        if len(value) == 2 and value[0].__class__ is str:
            name = literal(value[0])
            # A pair of key and value, as in raw headers.
            if sensitive_key(name):
                return [value[0], self.entry(name, value[1], people)[1]]
        facts = self.rules.key_facts.get(key) or self._facts(key)
        clean = facts.clean[people]
        # Outlines are remembered at standard alone: above it a text is denied before its outline is made.
        many = not self.rules.strict and _FEW < len(value) < self.budget.nodes
        if many and clean and all_known(value, clean, self.budget.text):
            self.budget.nodes -= len(value)
            return value
        out: list[Any] = []
        for item in value[: max(0, self.budget.nodes) + 1]:
            if item.__class__ is str:
                self.budget.nodes -= 1
                skip = hash(item) in clean
                out.append(item if skip else self._leaf(facts, key, item, people))
            else:
                out.append(self.bag(item, people, key, depth + 1))
        return out

    def entry(self, name: str, value: Any, people: bool = False) -> tuple[str, Any]:
        """One attribute of a log, metric or span: its key as kept, and its value."""
        facts = self.rules.key_facts.get(name) or self._facts(name)
        if value.__class__ is str:
            skip = hash(value) in facts.clean[people]
            return facts.kept, value if skip else self._leaf(facts, name, value, people)
        if isinstance(value, (dict, list)):
            return facts.kept, self._container(facts, name, value, people, 0)
        return facts.kept, self._scalar(facts, value)

    def _container(self, facts: KeyFacts, name: str, item: Any, people: bool, depth: int) -> Any:
        if facts.found.answer == "sensitive":
            return self._covered(item, facts.found.cls, depth + 1)
        if facts.headers and (isinstance(item, dict) or pairs(item)):
            return self.headers(item)
        return self.bag(item, people or facts.people, name, depth + 1)

    def _covered(self, value: Any, cls: str, depth: int) -> Any:
        """Everything below a sensitive key: keys stay, values go and are learned."""
        self.budget.nodes -= 1
        if self.budget.nodes < 0 or depth > 20:
            return CUT
        if isinstance(value, dict):
            return {
                self.key(str(name)): self._covered(item, verdict(str(name)).cls or cls, depth + 1)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._covered(item, cls, depth + 1) for item in value[:100]]
        if value is None or isinstance(value, bool) or value == "":
            return value
        return self.cover(value, cls, f"key:{cls}")
