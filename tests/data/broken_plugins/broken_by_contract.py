"""A plugin written for a contract of the future."""

from hub.adapters import AdapterInfo, Capabilities


class Adapter:
    info = AdapterInfo(name="future", title="Future", version="9.9", capabilities=Capabilities(types={}), contract=99)
