"""Over the wire a runtime answers as it does directly: the same answers, the same errors, whatever is asked.

Two runtimes are equal: the same images, the same clock, the same ids. One is asked through the socket, the
other is called.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from tests.kubelet.cri.served import APP, bench_of, memory

SURROUNDINGS = k.Surroundings(
    absent=frozenset({"/nope"}),
    forbidden=frozenset({"/etc/passwd"}),
    unwritable=frozenset({"/proc/nope"}),
    endless=frozenset({"top"}),
    exit_codes={("sh", "-c", "grep x"): 5},
)


def equal_runtime() -> k.MemoryRuntime:
    return memory(clock=k.SteppingClock(), surroundings=SURROUNDINGS)


names = st.sampled_from(["", "a", "b"])
numbers = st.sampled_from([0, 1, 2**32 - 1])
texts = st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["", "1", "ü"]), max_size=2)
ids = st.one_of(st.integers(0, 5), st.sampled_from(["", "f" * 64, "x"]))  #: a number: of what was made
prefixes = st.sampled_from([64, 12, 1])
modes = st.sampled_from(cri.NamespaceMode)
options = st.builds(cri.NamespaceOption, modes, modes, modes)
sandbox_metadata = st.none() | st.builds(cri.PodSandboxMetadata, names, names, names, numbers)
sandbox_configs = st.none() | st.builds(
    cri.PodSandboxConfig,
    sandbox_metadata,
    st.just(""),
    st.sampled_from(["", "/logs", "/proc/nope"]),
    texts,
    texts,
    st.builds(cri.LinuxPodSandboxConfig, st.builds(cri.LinuxSandboxSecurityContext, st.booleans(), options)),
)
pods = st.builds(cri.PodSandboxConfig, st.builds(cri.PodSandboxMetadata, names, names, names, numbers))
images = st.builds(
    cri.ImageSpec, st.sampled_from(["", "local.test/app:1", APP.id, "local.test/other:1", "nope"])
)
commands = st.sampled_from(
    [(), ("/nope",), ("/etc/passwd",), ("true",), ("sleep", "3"), ("sh", "-c", "echo a; exit 3"), ("top",)]
)
container_configs = st.none() | st.builds(
    cri.ContainerConfig,
    metadata=st.none() | st.builds(cri.ContainerMetadata, names, numbers),
    image=images,
    command=commands,
    args=st.sampled_from([(), ("1",)]),
    envs=st.lists(st.builds(cri.KeyValue, names, names), max_size=1).map(tuple),
    mounts=st.lists(st.builds(cri.Mount, names, names, st.booleans()), max_size=1).map(tuple),
    labels=texts,
    annotations=texts,
    log_path=st.sampled_from(["", "c.log", "/proc/nope/c.log"]),
    linux=st.builds(
        cri.LinuxContainerConfig,
        security_context=st.builds(
            cri.LinuxContainerSecurityContext,
            st.booleans(),
            st.builds(cri.NamespaceOption, pid=modes, target_id=st.sampled_from(["", "f" * 64])),
            st.none() | st.integers(-(2**63), 2**63 - 1),
        ),
    ),
)
container_filters = st.none() | st.builds(
    cri.ContainerFilter,
    st.sampled_from(["", "f"]),
    st.none() | st.sampled_from(cri.ContainerState),
    st.just(""),
    texts,
)
sandbox_filters = st.none() | st.builds(
    cri.PodSandboxFilter,
    st.sampled_from(["", "f"]),
    st.none() | st.sampled_from(cri.PodSandboxState),
    texts,
)

CALLS = st.one_of(
    st.tuples(st.just("run_pod_sandbox"), sandbox_configs, st.sampled_from(["", "nosuch"])),
    st.tuples(st.just("run_pod_sandbox"), pods),
    st.tuples(st.sampled_from(["stop_pod_sandbox", "remove_pod_sandbox", "pod_sandbox_status"]), ids),
    st.tuples(st.just("list_pod_sandbox"), sandbox_filters),
    st.tuples(st.just("create_container"), ids, container_configs, pods),
    st.tuples(st.just("create_container"), st.just(0), container_configs, pods),
    st.tuples(st.sampled_from(["start_container", "remove_container", "container_status"]), ids),
    st.tuples(st.sampled_from(["container_stats", "reopen_container_log"]), ids),
    st.tuples(st.just("stop_container"), ids, st.sampled_from([0, 30])),
    st.tuples(st.just("list_containers"), container_filters),
    st.tuples(st.just("update_container_resources"), ids, st.just(cri.LinuxContainerResources("0-1"))),
    st.tuples(st.just("exec_sync"), ids, commands, st.sampled_from([0, 1])),
    st.tuples(st.just("list_images")),
    st.tuples(st.sampled_from(["image_status", "pull_image", "remove_image"]), images),
)


def answer(service: Any, images: Any, made: list[str], call: tuple[Any, ...]) -> Any:
    """What a call gives or raises; a number among its arguments stands for an id that was made before."""
    name, *arguments = call
    if arguments and isinstance(arguments[0], int):
        arguments[0] = made[arguments[0] % len(made)] if made else ""
    try:
        given = getattr(images if "image" in name else service, name)(*arguments)
    except k.RpcError as error:
        return error
    if name in ("run_pod_sandbox", "create_container"):
        made.append(given)
    return given


@given(st.lists(CALLS, max_size=15))
@settings(deadline=None)
def test_whatever_is_asked_is_answered_over_the_wire_as_it_is_directly(calls) -> None:
    direct = equal_runtime()
    with bench_of(equal_runtime()) as bench:
        made: tuple[list[str], list[str]] = ([], [])
        for call in calls:
            over_the_wire = answer(bench.client, bench.client, made[0], call)
            directly = answer(direct, direct.images, made[1], call)
            assert over_the_wire == directly, call
            assert type(over_the_wire) is type(directly)
