"""`Privacy`: one object that ties level, rules, hooks, door and log lines of a service together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sentry_sdk

from app.observability.privacy import explain as explaining
from app.observability.privacy.allow_list import load
from app.observability.privacy.contexts import sampling_context
from app.observability.privacy.door import Door, PrivateTransport, Report, to_stderr
from app.observability.privacy.hooks import Hooks
from app.observability.privacy.identity import Pseudonyms
from app.observability.privacy.levels import Level, level_options
from app.observability.privacy.log_lines import LogLines
from app.observability.privacy.memory import Answers
from app.observability.privacy.messages import Messages
from app.observability.privacy.passes import Pass
from app.observability.privacy.safe_texts import SafeTexts
from app.observability.privacy.scrubber import Scrubber


class Privacy:
    """Privacy of one service at one level.

    `service` is the name that tags and releases carry. `pseudonym_key` is a secret of at least 16 bytes
    that the service's processes share; losing it breaks recognition, leaking it makes pseudonyms
    computable. `allow_list` is the service's reviewed TOML file, or None. Raises ValueError or
    AllowListError when one cannot be used.
    """

    def __init__(
        self,
        level: Level,
        *,
        service: str,
        pseudonym_key: bytes,
        allow_list: Path | None = None,
        report: Report = to_stderr,
    ) -> None:
        self.level: Level = level
        self.service = service
        self._pseudonyms = Pseudonyms(pseudonym_key)
        self._rules = Scrubber(level, load(allow_list), self._pseudonyms, SafeTexts())
        self.tenant = Answers(self._tenant)
        """What stands for a tenant outside: its id where the level lets it out, else a keyed pseudonym."""
        self._messages = Messages(self._rules)
        self._door = Door(self._rules, report)
        hooks = Hooks(self._rules, self._messages, report)
        self.before_send = hooks.before_send
        self.before_send_transaction = hooks.before_send_transaction
        self.before_send_log = hooks.before_send_log
        self.before_send_metric = hooks.before_send_metric
        self.before_send_span = hooks.before_send_span
        self.before_breadcrumb = hooks.before_breadcrumb
        lines = LogLines(self._rules, self._messages, report)
        self.scrub_record = lines.scrub_record
        self.render_exception = lines.render_exception
        self.exception_text = lines.exception_text
        self.transport: type[PrivateTransport] = type(
            "ServiceTransport", (PrivateTransport,), {"door": self._door}
        )

    def init_options(self, *, streaming: bool = False) -> dict[str, Any]:
        """Options for `sentry_sdk.init`; `streaming` with `trace_lifecycle="stream"` only."""
        options = {
            **level_options(self.level),
            "transport": self.transport,
            "before_send": self.before_send,
            "before_send_transaction": self.before_send_transaction,
            "before_send_log": self.before_send_log,
            "before_send_metric": self.before_send_metric,
            "before_breadcrumb": self.before_breadcrumb,
        }
        if streaming:
            options["before_send_span"] = self.before_send_span
        return options

    def pseudonym(self, user_id: str) -> str:
        """What stands for this user outside: the id itself at standard, a keyed pseudonym above."""
        return self._pseudonyms.of(user_id) if self._rules.strict else user_id

    def _tenant(self, tenant: str) -> str:
        kept = self.scrub_data({"tenant": tenant}) == {"tenant": tenant}
        return tenant if kept else self._pseudonyms.tenant(tenant)

    def trust_name(self, name: str) -> str:
        """Declare a name that is written in code (route template, task, operation); returns it.

        >>> transaction_name = privacy.trust_name(f"{method} {route.path}")
        """
        return self._rules.addresses.trust(name)

    def trust_text(self, text: str) -> str:
        """Declare a sentence that is written in code, with nothing filled in; returns it."""
        return self._rules.safe.add(text, constant=True)

    def scrub_baggage(self, items: dict[str, str]) -> dict[str, str]:
        """Sentry's part of a `baggage` header that came in: it goes on to other services and into jobs, round
        the door. Never raises; on failure nothing is left of it.
        """
        try:
            return {key: str(value) for key, value in sampling_context(Pass(self._rules), items).items()}
        except Exception:
            return {}

    def scrub_text(self, text: str) -> str:
        """Free text without known code behind it: `[..]` at gdpr and hipaa, value rules at standard."""
        run = Pass(self._rules)
        holder: dict[str, Any] = {}
        run.put(holder, "text", run.text(text))
        run.finish()
        return str(holder["text"])

    def scrub_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nested data by keys and values, as for a context: for rows and mails that stay outside Sentry."""
        run = Pass(self._rules)
        holder: dict[str, Any] = {}
        run.put(holder, "data", run.bag(data))
        run.finish()
        return dict(holder["data"])

    def labelled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values that a template takes by their names (`%(pin)s`), those with a sensitive name covered."""
        run = Pass(self._rules)
        told = {
            key: run.pair(str(key), str(value)) for key, value in values.items() if run.interest(str(key))[0]
        }
        return {**values, **{key: marker for key, marker in told.items() if marker is not None}}

    def explain(self, item: dict[str, Any], kind: str = "event") -> explaining.Explanation:
        """What the door makes of the payload of one item, with the rule that acted at each place."""
        return explaining.explain(self._rules, item, kind)

    def problems(self, client: Any = None) -> list[str]:
        """Ways round the door that the running SDK has open, as sentences; empty when there are none."""
        client = client or sentry_sdk.get_client()
        if not client.is_active():
            return []
        found: list[str] = []
        if not isinstance(client.transport, self.transport):
            found.append(
                "The active Sentry client does not send through the privacy transport: "
                "init was called again without init_options()."
            )
        if getattr(client, "spotlight", None) is not None:
            found.append(
                "Spotlight is on and receives events before they are scrubbed: pass spotlight=False."
            )
        for name in ("before_send", "before_send_log", "before_send_metric", "before_breadcrumb"):
            if client.options.get(name) is None:
                found.append(f"The option {name} has no privacy hook: what code declares is not heard.")
        return found
