"""The environment of a container: values, and keys of ConfigMaps and Secrets.

pkg/kubelet/kubelet_pods.go (`makeEnvironmentVariables`), v1.18.6. Not ported: service variables,
field and resource references, `envFrom`.
"""

from collections.abc import Callable, Mapping

from .config_sources import ConfigSources
from .container import ConfigMapKeySelector, Container, SecretKeySelector
from .errors import ContainerConfigError, ObjectNotFoundError
from .expansion import expand
from .messages import KeyValue
from .pod import Pod

__all__ = ["make_environment_variables"]


def make_environment_variables(
    pod: Pod, container: Container, sources: ConfigSources
) -> tuple[KeyValue, ...]:
    """The container's variables in the order of its spec; a later value may use earlier ones.

    Raises `ContainerConfigError` for a pod whose service links nothing defaulted, for a missing
    object and for a missing key; an optional source that is missing leaves its variable out. What
    a source raises passes through.
    """
    if pod.enable_service_links is None:
        raise ContainerConfigError("nil pod.spec.enableServiceLinks encountered, cannot construct envvars")
    variables: dict[str, str] = {}
    for variable in container.env:
        value: str | None = expand(variable.value, variables)
        if variable.value_from is not None and not variable.value:
            value = _referenced(pod, variable.value_from, sources)
        if value is not None:
            variables[variable.name] = value
    return tuple(KeyValue(key, value) for key, value in variables.items())


def _referenced(
    pod: Pod, selector: ConfigMapKeySelector | SecretKeySelector, sources: ConfigSources
) -> str | None:
    kind, read = _kind(selector, sources)
    try:
        data = read(pod.namespace, selector.name)
    except ObjectNotFoundError:
        if selector.optional:
            return None
        raise
    if selector.key in data:
        return data[selector.key]
    if selector.optional:
        return None
    raise ContainerConfigError(f"couldn't find key {selector.key} in {kind} {pod.namespace}/{selector.name}")


def _kind(
    selector: ConfigMapKeySelector | SecretKeySelector, sources: ConfigSources
) -> tuple[str, Callable[[str, str], Mapping[str, str]]]:
    if isinstance(selector, ConfigMapKeySelector):
        return "ConfigMap", sources.config_map
    return "Secret", sources.secret
