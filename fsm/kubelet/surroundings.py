"""What a start or an exec meets on the host and in the image, as far as it can fail there."""

from dataclasses import dataclass, field

__all__ = ["Surroundings"]


@dataclass(frozen=True)
class Surroundings:
    """The commands and directories that are not as they should be; everything else works.

    `absent` and `forbidden` are programs that do not exist or may not be executed,
    `unwritable` are log directories that cannot be made, `exit_codes` says how a command run by
    exec ends (0 if not named), and `endless` are programs that never end by themselves.
    """

    absent: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    unwritable: frozenset[str] = frozenset()
    endless: frozenset[str] = frozenset()
    exit_codes: dict[tuple[str, ...], int] = field(default_factory=dict)

    def execution_error(self, command: tuple[str, ...]) -> str | None:
        """Why the OCI runtime cannot execute `command`, or None if it can.

        An empty command means the image's own, which works.
        """
        program = command[0] if command else ""
        if program in self.absent:
            return f'exec: "{program}": stat {program}: no such file or directory: unknown'
        if program in self.forbidden:
            return f'exec: "{program}": permission denied: unknown'
        return None

    def log_error(self, directory: str) -> str | None:
        """Why no log file can be made in `directory`, or None if one can."""
        if directory in self.unwritable:
            return f"mkdir {directory}: no such file or directory"
        return None
