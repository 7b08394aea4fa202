"""What the port says, word for word, and what `start_events` calls it.

Theory. Events, error values and texts are compared by their exact words: a message that stands in none of
these tables is no event of the spec, and `start_reading` shows it as it is.
"""

from types import MappingProxyType

from .start_bench import (
    BAD_IMAGE,
    CLASS,
    HOOK_ERROR,
    HOOK_FAILURE,
    HOOK_MESSAGE,
    IMAGE,
    NAME,
    NO_CHECKPOINT,
    NO_HANDLER,
    NOT_READ,
    REFUSAL,
    REGISTRY_DOWN,
    START_REFUSAL,
    TARGET,
    UNPARSABLE,
)
from .start_events import Error, Event, Text

ANSWER = "rpc error: code = Unknown desc = "
NO_REFERENCE = f'couldn\'t parse image reference "{BAD_IMAGE}": {UNPARSABLE}'
NO_NAME = f'Failed to apply default image tag "{BAD_IMAGE}": {NO_REFERENCE}'
NO_INSPECTION = f'Failed to inspect image "{IMAGE}": {ANSWER}{NOT_READ}'
BACK_OFF = f'Back-off pulling image "{IMAGE}"'
NO_MAP = 'configmap "gone" not found'
ROOT = "container has runAsNonRoot and image will run as root"
ID = "(the container's id)"
DEADLINE = "context deadline exceeded"

EVENTS = MappingProxyType(
    {
        f'Container image "{IMAGE}" already present on machine': Event.PRESENT,
        f'Pulling image "{IMAGE}"': Event.PULLING,
        f'Successfully pulled image "{IMAGE}" in 0s': Event.PULLED,
        f'Successfully pulled image "{IMAGE}" in 0s (0s including waiting)': Event.PULLED_WITH_WAITING,
        f'Successfully pulled image "{IMAGE}" in 0s (0s including waiting). Image size: 1234 bytes.': (
            Event.PULLED_WITH_SIZE
        ),
        NO_NAME: Event.INVALID_NAME,
        NO_INSPECTION: Event.NOT_INSPECTED,
        f'Container image "{IMAGE}" is not present with pull policy of Never': Event.NEVER_PULLED,
        BACK_OFF: Event.BACK_OFF,
        f'Failed to pull image "{IMAGE}": {ANSWER}{REGISTRY_DOWN}': Event.PULL_FAILED,
        "Error: InvalidImageName": Event.ERROR_INVALID_NAME,
        "Error: ImageInspectError": Event.ERROR_NOT_INSPECTED,
        "Error: ErrImageNeverPull": Event.ERROR_NEVER_PULLED,
        "Error: ImagePullBackOff": Event.ERROR_BACK_OFF,
        "Error: ErrImagePull": Event.ERROR_PULL_FAILED,
        f"Error: unable to find target container {TARGET}": Event.TARGET,
        f"Error: {NO_MAP}": Event.CONFIG,
        f"Error: {ROOT}": Event.CONFIG,
        f"Error: {NO_CHECKPOINT}": Event.RESOURCES,
        f"Internal PreCreateContainer hook failed: {HOOK_FAILURE}": Event.PRE_CREATE,
        f"Error: {REFUSAL}": Event.CREATE,
        f"Internal PreStartContainer hook failed: {HOOK_FAILURE}": Event.PRE_START,
        f"Created container {NAME}": Event.CREATED,
        f"Created container: {NAME}": Event.CREATED_WITH_COLON,
        "Container created": Event.CREATED_BARE,
        f'Error: no start of "{NAME}": {START_REFUSAL}': Event.START,  # the id, replaced
        f"Started container {NAME}": Event.STARTED,
        "Container started": Event.STARTED_BARE,
        HOOK_MESSAGE: Event.POST_START,
        "PostStartHook failed": Event.POST_START_FIXED,
        "FailedPostStartHook": Event.KILLING,
    }
)
"""The events by their exact messages; what a lost reply is told with belongs to two calls."""

TEXTS = MappingProxyType(
    {
        "": Text.NONE,
        f"Failed to lookup runtimeHandler for runtimeClassName {CLASS}": Text.HANDLER,
        NO_NAME: Text.INVALID_NAME,
        NO_INSPECTION: Text.NOT_INSPECTED,
        f'Container image "{IMAGE}" is not present with pull policy of Never': Text.NEVER_PULLED,
        BACK_OFF: Text.BACK_OFF,
        f"{BACK_OFF}: ErrImagePull: {ANSWER}{REGISTRY_DOWN}": Text.BACK_OFF_TELLS_WHY,
        f"{ANSWER}{REGISTRY_DOWN}": Text.PULL_FAILED,
        f"unable to find target container {TARGET}": Text.TARGET,
        NO_MAP: Text.CONFIG,
        ROOT: Text.CONFIG,
        NO_CHECKPOINT: Text.RESOURCES,
        REFUSAL: Text.CREATE,
        f'no start of "{ID}": {START_REFUSAL}': Text.START,
        HOOK_MESSAGE: Text.POST_START,
    }
)

ERRORS = MappingProxyType(
    {
        **{error.value: error for error in Error},
        NO_HANDLER: Error.HANDLER,
        f"PostStartHookError: {HOOK_ERROR}": Error.POST_START_HOOK_DETAILED,
    }
)
