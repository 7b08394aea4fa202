"""Names of images: read, given a tag, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet.image_names import with_default_tag

HEX = "a" * 64


@pytest.mark.parametrize(
    "image",
    [
        "app",
        "library/app",
        "local.test/app",
        "localhost/app",
        "registry.test:5000/app",
        "registry.test:5000/deep/er/app",
        "REGISTRY.test/app",
        "a__b",
        "a---b",
        "a.b_c",
        "a" * 237,  # 255 with the default domain before it
        "localhost/" + "a" * 245,
    ],
)
def test_a_name_without_a_tag_gets_the_default_one(image):
    assert with_default_tag(image) == f"{image}:latest"


@pytest.mark.parametrize(
    "image",
    [
        "app:1",
        "app:v1.2-rc_3",
        "registry.test:5000/app:1",
        f"app@sha256:{HEX}",
        f"app:1@sha256:{HEX}",
        f"sha256:{HEX}",
        "app:" + "x" * 128,
    ],
)
def test_a_name_with_a_tag_or_a_digest_stays_as_it_is(image):
    assert with_default_tag(image) == image


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("", "invalid reference format"),
        (" ", "invalid reference format"),
        ("app:", "invalid reference format"),
        (":1", "invalid reference format"),
        ("app:a b", "invalid reference format"),
        ("app:" + "x" * 129, "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("/app", "invalid reference format"),
        ("app/", "invalid reference format"),
        ("app@sha256:abc", "invalid reference format"),
        ("-app", "invalid reference format"),
        ("app-", "invalid reference format"),
        ("a___b", "invalid reference format"),
        ("äpp", "invalid reference format"),
        ("app\n", "invalid reference format"),
        ("http://registry.test/app", "invalid reference format"),
        ("App", "invalid reference format: repository name must be lowercase"),
        ("registry.test/App:1", "invalid reference format: repository name must be lowercase"),
        (HEX, f"invalid repository name ({HEX}), cannot specify 64-byte hexadecimal strings"),
        ("a" * 238, "repository name must not be more than 255 characters"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused_with_the_reason(image, why):
    with pytest.raises(k.InvalidImageNameError) as caught:
        with_default_tag(image)
    assert str(caught.value).startswith("couldn't parse image reference ")
    assert str(caught.value).endswith(f": {why}")


@given(st.text(max_size=12))
def test_a_name_is_read_or_refused_and_reading_twice_is_reading_once(image):
    try:
        once = with_default_tag(image)
    except k.InvalidImageNameError:
        return
    assert with_default_tag(once) == once
