"""A plugin that is fine but not ready."""

from hub.adapters import AdapterInfo, Capabilities


class Adapter:
    info = AdapterInfo(
        name="shy",
        title="Shy",
        version="1.0",
        capabilities=Capabilities(types={}),
        not_ready="It needs a key.",
        fix="Set SHY_KEY.",
    )
