"""QuickBooks Online for Accounting Hub: a shell that installs, says it is not ready, and sends nothing."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from hub.adapters import AdapterContext, AdapterInfo, Capabilities
from hub.errors import PluginProblem

__version__ = "0.1.0"


class QuickBooksAdapter:
    """Refuses every connection until the adapter is built; `hub adapters` shows why."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        name="quickbooks",
        title="QuickBooks Online",
        version=__version__,
        capabilities=Capabilities(types={}),
        not_ready="This release cannot speak to QuickBooks Online yet; the plugin only holds its place.",
        fix="Try the hub with the mock books, and update accounting-hub-quickbooks when the adapter is released.",
    )

    def __init__(self, context: AdapterContext) -> None:
        self._refuse(context)

    def _refuse(self, context: AdapterContext) -> NoReturn:
        raise PluginProblem(
            f"{context.connection} cannot be used: {self.info.not_ready}",
            code="adapter_not_configured",
            fix=self.info.fix,
        )
