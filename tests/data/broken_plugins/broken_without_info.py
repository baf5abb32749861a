"""A plugin that says nothing of itself, and one that says nonsense."""


class Adapter:
    pass


class Nonsense:
    info = "nonsense"
