"""The kubelet's port and its runtime in memory, on the wire: the CRI over gRPC.

The only place where gRPC, protobuf and the CRI's stubs are imported; the extra `cri` installs them. The
layers, each importing only from those above it and from `fsm.kubelet`:

    endpoint  convert  process  mounts  oci_image  pods
    channel  reception
    greeting
    client                                    # a runtime behind a socket, as the port calls it
    served_socket
    proxy                                     # between any kubelet and any runtime; layers of its own
    served_messages  served_calls
    served_events  served_images  served_runtime
    server                                    # the runtime in memory behind a socket
    containerd_directory
    containerd_config  containerd_needs  leftovers
    containerd_guard
    containerd                                # a private one, for tests

Import what you need from its module: `from fsm.kubelet.cri.client import connect`. Without the extra that
is an ImportError, which says what to install.
"""

from importlib.util import find_spec

if find_spec("grpc") is None or find_spec("cri_api") is None:
    raise ImportError("a runtime is asked over gRPC, which is not installed: pip install 'fsm-spec[cri]'")
