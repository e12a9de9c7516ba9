"""Which phone of an agent is called: the one on his desk, or the one in his browser, if that is connected?"""

from callcenter.domain.people import Agent, PhoneChoice
from callcenter.domain.refusal import Refusal, Rule


class Handsets:
    """The browsers' phones that are registered on the switch through this service, each by its endpoint."""

    def __init__(self) -> None:
        self._connected: dict[str, tuple[str, object]] = {}

    def connect(self, endpoint: str, agent_id: str, by: object) -> None:
        """It is registered. by: the connection; of an endpoint's connections the last counts."""
        self._connected.pop(endpoint, None)
        self._connected[endpoint] = (agent_id, by)

    def disconnect(self, endpoint: str, by: object) -> None:
        """It is registered no more; nothing where another connection has taken it over."""
        if self._connected.get(endpoint, ("", None))[1] is by:
            del self._connected[endpoint]

    def is_connected(self, endpoint: str) -> bool:
        return endpoint in self._connected

    def of_agent(self, agent_id: str) -> str | None:
        """The endpoint of the browser's phone that this agent connected last; None for none."""
        mine = [endpoint for endpoint, (agent, _) in self._connected.items() if agent == agent_id]
        return mine[-1] if mine else None

    def endpoint_of(self, agent: Agent) -> str:
        """What is called for this agent: never the phone that he did not choose; empty where there is none."""
        if agent.phone is PhoneChoice.DESK:
            return agent.endpoint
        return self.of_agent(agent.id) or ""

    def refusal(self, agent: Agent) -> Refusal | None:
        """Why nothing can ring at this agent's. Of a desk phone only Asterisk knows whether it is there."""
        if self.endpoint_of(agent):
            return None
        return Refusal(Rule.PHONE_NOT_READY)
