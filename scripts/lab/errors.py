"""What went wrong, in one sentence for the person at the terminal."""


class LabError(Exception):
    """One clear sentence: what is missing or in the way, and what to do."""


class PortTakenError(LabError):
    """A port is in use by another program."""

    def __init__(self, port: int, purpose: str) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 ({purpose}) is taken by another program: "
            "stop that program, or choose another port.",
        )
        self.port = port
