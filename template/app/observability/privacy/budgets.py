"""How much of one item is looked at. Linear is not enough: a large payload must also have an end.

What is over a budget is cut from its container; type, stack and ids are never touched by a budget.
"""

from dataclasses import dataclass

STRING = 4_096
MESSAGE = 8_192
ITEM_TEXT = 131_072
NODES = 5_000
DEPTH = 20
CUT = "[cut]"


@dataclass(slots=True)
class Budget:
    """What is left for one item: characters of text, nodes of nested data."""

    text: int = ITEM_TEXT
    nodes: int = NODES

    def clip(self, text: str, limit: int = STRING) -> str:
        """`text`, shortened to its limit at the end of a word so that no value is left in half."""
        size = len(text)
        if size > limit or size > self.text:
            size = max(0, min(limit, self.text))
            space = max(text.rfind(" ", 0, size), text.rfind("\n", 0, size), text.rfind(",", 0, size))
            text = text[: space if space > size // 2 else max(0, size - 512)] + CUT
        self.text -= size
        return text
