"""The feature gates that the ported code asks."""

from dataclasses import dataclass

__all__ = ["FeatureGates"]


@dataclass(frozen=True)
class FeatureGates:
    """Which features are on. `ephemeral_containers` is alpha and off in v1.18."""

    ephemeral_containers: bool = False
