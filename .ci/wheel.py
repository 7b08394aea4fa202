"""The wheel carries our specs as `fsm/specs`; an editable install finds them beside `fsm/`."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SpecsInTheWheel(BuildHookInterface):
    """See the module."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the specs, unless the install is editable and would copy what then goes stale."""
        if version != "editable":
            build_data["force_include"]["specs"] = "fsm/specs"
