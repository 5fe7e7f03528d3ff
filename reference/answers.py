"""The questions of copier.yml: what is asked, what may be answered, and what is rendered then."""

from pathlib import Path
from typing import Any

import yaml

from reference.tables import code, table

HEAD = """# Answers

What Copier asks, from `copier.yml`. Every answer can be changed later:

```sh
uvx copier update --vcs-ref=:current: --data compliance=hipaa
```

"""


def page(root: Path) -> str:
    """The page, from copier.yml and presets/."""
    content: dict[str, Any] = yaml.safe_load((root / "copier.yml").read_text("utf-8"))
    asked = {
        name: question
        for name, question in content.items()
        if not name.startswith("_") and question.get("when") is not False
    }
    parts = [HEAD]
    for name, question in asked.items():
        parts.append(f"## {name}\n\n{question['help']}\n")
        if isinstance(choices := question.get("choices"), dict):
            given = question.get("default")
            rows = [
                (code(str(value)) + (" (default)" if value == given else ""), says)
                for says, value in choices.items()
            ]
            parts.append(table(("answer", "means"), rows))
        elif default := str(question.get("default", "")):
            shown = "made from earlier answers" if "{" in default else code(default)
            parts.append(f"Default: {shown}.\n")
    presets = sorted((root / "presets").glob("*.yml"))
    rows = [(code(path.stem), _told(path, asked)) for path in presets]
    parts.append("## Presets\n\nAnswers for whole product shapes: `--data-file presets/NAME.yml`.\n")
    parts.append(table(("preset", "answers"), rows))
    return "\n".join(parts)


def _told(path: Path, asked: dict[str, Any]) -> str:
    answers: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return ", ".join(
        f"{name}: {value}" for name, value in answers.items() if "choices" in asked.get(name, {})
    )
