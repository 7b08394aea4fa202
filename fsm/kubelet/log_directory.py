"""The restart count of a container without a status, counted from the log files that are left of it.

`calcRestartCountByLogDir` in pkg/kubelet/kuberuntime/kuberuntime_container.go: v1.21.6 and v1.22 to v1.26
(loose), v1.27 and later (strict). Logs are named `<n>.log`, rotated ones `<n>.log.<time>` or end in `.gz`;
what is found is the highest n plus one.

                            loose                               strict
    pattern                 anywhere in the name, and its dot   at the beginning of the name
                            is any character: `abc12xlog`
    too big a number        an error, with what was counted     the file is passed over
                            so far
    what an error leaves    the count that came with it         0
"""

import logging
import re
from typing import NamedTuple

from .files import Files
from .go_text import atoi
from .version import CountRule

__all__ = ["LogCount", "calc_restart_count_by_log_dir", "restart_count_from_logs"]

_LOOSE = re.compile(r"([0-9]+).log(\..*)?")
_STRICT = re.compile(r"([0-9]+)\.log(\..*)?")


class LogCount(NamedTuple):
    """The next instance's number by what was counted, and the error that ended the counting if one did."""

    number: int
    error: Exception | None = None


def calc_restart_count_by_log_dir(files: Files, path: str, rule: CountRule) -> LogCount:
    """The number of the next instance, judged by the logs in the directory `path`.

    A directory that is missing, empty or cannot be looked at counts 0 and is no error; one that cannot
    be read counts 0 and is one. The files are taken by name, as Go reads a directory.
    """
    try:
        files.stat(path)
    except OSError:
        return LogCount(0)
    try:
        entries = sorted(files.list_directory(path))
    except OSError as error:
        return LogCount(0, error)
    following = 0
    for entry in entries:
        found = _LOOSE.search(entry.name) if rule is CountRule.LOGS_LOOSE else _STRICT.match(entry.name)
        if entry.is_directory or found is None:
            continue
        try:
            last = atoi(found[1])
        except ValueError as error:
            if rule is CountRule.LOGS_LOOSE:
                return LogCount(following, error)
            continue
        following = max(following, last + 1)
    return LogCount(following)


def restart_count_from_logs(files: Files, path: str, rule: CountRule, logger: logging.Logger) -> int:
    """What an attempt takes for the restart count under `rule`; an error is logged, and nothing more."""
    if rule is CountRule.ZERO:
        return 0
    count, error = calc_restart_count_by_log_dir(files, path, rule)
    if error is None:
        return count
    if rule is CountRule.LOGS_LOOSE:
        logger.info(
            "Log directory exists but could not calculate restartCount: logDir=%s err=%s", path, error
        )
        return count
    logger.info("Cannot calculate restartCount from the log directory: logDir=%s err=%s", path, error)
    return 0
