"""Whom a call is about: the pod, the container, its attempt.

Most calls carry an id only. Whose it is was told before: by the reply to the create, or by a list. A kubelet
lists all that there is every second, so a proxy that begins late soon knows.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from .rules import Rule

__all__ = ["NOBODY", "Names", "Who"]

MOST = 10_000  #: ids that are remembered; the one not used for longest is forgotten first
POD = "io.kubernetes.pod.name"


@dataclass(frozen=True)
class Who:
    """Whom a call is about; None for what is not known, or makes no sense for the call."""

    pod: str | None = None
    container: str | None = None
    attempt: int | None = None

    def fits(self, rule: Rule) -> bool:
        """Whether the rule's conditions hold."""
        return (
            rule.pod in (None, self.pod)
            and rule.container in (None, self.container)
            and rule.attempt in (None, self.attempt)
        )


NOBODY = Who()


class Names:
    """What is known of ids."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, Who] = OrderedDict()

    def of(self, request: Any) -> Who:
        """Whom a request is about; its names first, else what its ids stand for."""
        if request is None:
            return NOBODY
        fields = request.DESCRIPTOR.fields_by_name
        if "config" in fields and "pod_sandbox_id" in fields:  # CreateContainerRequest
            metadata = request.config.metadata
            pod = request.sandbox_config.metadata.name or self._recall(request.pod_sandbox_id).pod
            return Who(pod or None, metadata.name, metadata.attempt)
        if "config" in fields and hasattr(request.config, "metadata"):  # RunPodSandboxRequest
            return Who(request.config.metadata.name)
        for field in ("container_id", "pod_sandbox_id"):
            if field in fields and getattr(request, field):
                return self._recall(getattr(request, field))
        return NOBODY

    def learn(self, who: Who, response: Any) -> None:
        """What a reply tells of ids.

        Args:
            who: whom the request was about.
            response: to it, from whichever runtime.
        """
        if response is None:
            return
        fields = response.DESCRIPTOR.fields_by_name
        if "container_id" in fields and who.container is not None:
            self._keep(response.container_id, who)
        elif "pod_sandbox_id" in fields:
            self._keep(response.pod_sandbox_id, Who(who.pod))
        elif "containers" in fields:
            for one in response.containers:
                if one.id not in self._known:
                    pod = self._recall(one.pod_sandbox_id).pod or one.labels.get(POD)
                    self._keep(one.id, Who(pod, one.metadata.name, one.metadata.attempt))
        elif "items" in fields:
            for one in response.items:
                if one.id not in self._known and hasattr(one, "metadata"):
                    self._keep(one.id, Who(one.metadata.name))

    def _recall(self, name: str) -> Who:
        found = self._known.get(name)
        if found is None:
            return NOBODY
        self._known.move_to_end(name)
        return found

    def _keep(self, name: str, who: Who) -> None:
        if name:
            self._known[name] = who
            self._known.move_to_end(name)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
