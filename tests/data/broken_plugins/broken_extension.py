"""An extension that cannot be made."""


class Extension:
    def __init__(self) -> None:
        raise ValueError("no rules file")
