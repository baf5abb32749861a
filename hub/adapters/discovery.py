"""Finds installed adapters and extensions; a broken plugin is listed with its reason and a fix, and harms nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from hub.adapters.types import CONTRACT, AdapterInfo
from hub.errors import PluginProblem

ADAPTERS = "accounting_hub.adapters"
EXTENSIONS = "accounting_hub.extensions"
COMMANDS = "accounting_hub.commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One advertised adapter. `status` is ready, not_configured or broken; the last two carry reason and fix."""

    name: str
    version: str
    status: Literal["ready", "not_configured", "broken"]
    reason: str = ""
    fix: str = ""
    adapter: Any = None

    @property
    def info(self) -> AdapterInfo | None:
        """What the adapter says of itself; None for a broken one."""
        return None if self.adapter is None else self.adapter.info


def find_adapters(points: Iterable[EntryPoint] | None = None) -> dict[str, Found]:
    """Every advertised adapter by name, in order of name; no plugin's fault leaves this function."""
    found = [_look_at(point) for point in (entry_points(group=ADAPTERS) if points is None else points)]
    return {adapter.name: adapter for adapter in sorted(found, key=lambda adapter: adapter.name)}


def describe_adapter(found: Found) -> dict[str, Any]:
    """An adapter as the outer interfaces show it: what it can do, or why it cannot be used."""
    info = found.info
    can = info.capabilities if info else None
    return {
        "name": found.name,
        "title": info.title if info else None,
        "version": found.version,
        "status": found.status,
        "reason": found.reason or None,
        "fix": found.fix or None,
        "capabilities": {
            "types": {type.value: direction.value for type, direction in can.types.items()},
            "batch_size": can.batch_size,
            "concurrency": can.concurrency,
            "rate_per_minute": can.rate_per_minute,
            "key_memory": can.key_memory,
            "settle": can.settle,
            "markers": can.markers,
            "removals": {type.value: [how.value for how in ways] for type, ways in can.removals.items()},
            "namespaces": {type.value: word for type, word in can.namespaces.items()},
            "version_guard": can.version_guard,
            "reports_closing_date": can.reports_closing_date,
            "recomputes_tax": can.recomputes_tax,
        }
        if can
        else None,
        "settings": {name: field.description for name, field in info.settings.model_fields.items()} if info else None,
    }


def get_adapter(name: str, adapters: dict[str, Found]) -> Found:
    """The usable adapter of that name.

    Raises:
        PluginProblem: `adapter_not_installed`, `adapter_broken` or `adapter_not_configured`, each with what to do.
    """
    adapter = adapters.get(name)
    if adapter is None:
        raise PluginProblem(
            f"No adapter named {name!r} is installed.",
            code="adapter_not_installed",
            fix=f"Install accounting-hub-{name}, or choose one of: {', '.join(adapters) or 'none installed'}.",
        )
    if adapter.status != "ready":
        raise PluginProblem(
            f"The {name} adapter cannot be used: {adapter.reason}", code=f"adapter_{adapter.status}", fix=adapter.fix
        )
    return adapter


def _look_at(point: EntryPoint) -> Found:
    version = point.dist.version if point.dist else ""
    package = point.dist.name if point.dist else point.name
    try:
        adapter = point.load()
        info = adapter.info
        if not isinstance(info, AdapterInfo):
            raise TypeError("its `info` is not an AdapterInfo")
    # A plugin may fail in any way while it is imported, SystemExit included; it must not take the hub down.
    except (Exception, SystemExit) as fault:
        reason = f"It fails to load: {type(fault).__name__}: {fault}"
        return Found(
            name=point.name, version=version, status="broken", reason=reason, fix=f"Update or uninstall {package}."
        )
    if info.contract != CONTRACT:
        reason = (
            f"It was written for version {info.contract} of the adapter contract; this hub speaks version {CONTRACT}."
        )
        return Found(
            name=point.name, version=version, status="broken", reason=reason, fix=f"Update {package} or the hub."
        )
    if info.not_ready:
        return Found(
            name=point.name,
            version=version,
            status="not_configured",
            reason=info.not_ready,
            fix=info.fix,
            adapter=adapter,
        )
    return Found(name=point.name, version=version, status="ready", adapter=adapter)


def load_extensions(names: Iterable[str], points: Iterable[EntryPoint] | None = None) -> list[object]:
    """The extension plugins switched on for a connection, each a fresh instance.

    Raises:
        PluginProblem: when one is missing or broken; a customer's rule is never skipped in silence.
    """
    wanted = list(names)
    if not wanted:
        return []  # looking through all that is installed takes longer than everything else a relay is made of
    installed = {point.name: point for point in (entry_points(group=EXTENSIONS) if points is None else points)}
    extensions: list[object] = []
    for name in wanted:
        if name not in installed:
            raise PluginProblem(
                f"No extension named {name!r} is installed.", code="extension_missing", fix="Install it."
            )
        try:
            loaded = installed[name].load()
            extensions.append(loaded() if isinstance(loaded, type) else loaded)
        except (Exception, SystemExit) as fault:
            raise PluginProblem(
                f"The extension {name!r} fails to load: {fault}", code="extension_broken", fix="Update or remove it."
            ) from fault
    return extensions
