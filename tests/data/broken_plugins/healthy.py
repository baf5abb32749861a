"""A plugin with nothing wrong, beside the broken ones."""

from hub.adapters import AdapterInfo, Capabilities


class Adapter:
    info = AdapterInfo(name="healthy", title="Healthy", version="1.0", capabilities=Capabilities(types={}))
