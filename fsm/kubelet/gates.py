"""The feature gates that the ported code asks."""

from dataclasses import dataclass

__all__ = ["FeatureGates"]


@dataclass(frozen=True)
class FeatureGates:
    """Which features are on.

    `ephemeral_containers` is alpha and off in v1.18, and no longer asked from v1.25 on.
    `runtime_class_in_image_cri_api` is alpha and off, and there from v1.29 on.
    """

    ephemeral_containers: bool = False
    runtime_class_in_image_cri_api: bool = False
