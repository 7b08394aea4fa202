"""Names of images: which can be read, and the tag that is added where there is none.

`applyDefaultImageTag` in pkg/kubelet/images (v1.19) over the grammar of container references:
`[domain/]path[:tag][@digest]`. The texts of its errors are *inferred*: the library's words.
"""

import re

from .errors import InvalidImageNameError
from .go_text import quote

__all__ = ["DEFAULT_TAG", "with_default_tag"]

DEFAULT_TAG = "latest"

_WORD = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"{_WORD}(?:\.{_WORD})*(?::[0-9]+)?"
_PART = "[a-z0-9]+(?:(?:[._]|__|-*)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_IDENTIFIER = re.compile("[a-f0-9]{64}")
_LONGEST = 255


def with_default_tag(image: str) -> str:
    """The name of an image, with `:latest` where it has neither tag nor digest.

    Raises `InvalidImageNameError` for a name that cannot be read.

    >>> with_default_tag("registry.test:5000/app"), with_default_tag("app:1")
    ('registry.test:5000/app:latest', 'app:1')
    """
    found = _read(image)
    if isinstance(found, str):
        raise InvalidImageNameError(f"couldn't parse image reference {quote(image)}: {found}")
    return image if found["tag"] or found["digest"] else f"{image}:{DEFAULT_TAG}"


def _read(image: str) -> re.Match[str] | str:
    """The parts of the name, or why there are none."""
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    first, slash, rest = image.partition("/")
    if slash and (set(first) & set(".:") or first == "localhost"):
        domain, path = first, rest
    else:
        domain, path = "docker.io", image if slash else f"library/{image}"
    repository = path.partition(":")[0]
    if repository != repository.lower():
        return "invalid reference format: repository name must be lowercase"
    found = _REFERENCE.fullmatch(f"{domain}/{path}")
    if found is None:
        return "invalid reference format"
    if len(found["name"]) > _LONGEST:
        return f"repository name must not be more than {_LONGEST} characters"
    return found
