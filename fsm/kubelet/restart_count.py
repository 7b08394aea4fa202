"""The restart count: never kept, always counted anew from what the runtime still shows.

There is no memory in the kubelet. The number stands in an annotation of each container; a new container
takes its newest visible predecessor's plus one (`create_container`), and without any what the rule of its
version finds (`log_directory`), or 0.
"""

import logging
import re
from collections.abc import Mapping

__all__ = ["RESTART_COUNT_ANNOTATION", "read_restart_count"]

RESTART_COUNT_ANNOTATION = "io.kubernetes.container.restartCount"

_DECIMAL = re.compile(r"[+-]?[0-9]+")
_INT64 = range(-(2**63), 2**63)


def read_restart_count(annotations: Mapping[str, str], logger: logging.Logger) -> int:
    """The count in a container's annotations; 0, and a log line, if missing or no int64.

    pkg/kubelet/kuberuntime/labels.go, v1.18.6. Signs are read, white space is not, as Go does.
    """
    text = annotations.get(RESTART_COUNT_ANNOTATION)
    if text is None:
        logger.info(
            "Container doesn't have label %s, it may be an old or invalid container",
            RESTART_COUNT_ANNOTATION,
        )
        return 0
    if _DECIMAL.fullmatch(text) is None or int(text) not in _INT64:
        logger.error("Unable to get %s from annotations %s", RESTART_COUNT_ANNOTATION, dict(annotations))
        return 0
    return int(text)
