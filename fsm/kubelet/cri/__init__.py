"""The kubelet's port and its runtime in memory, on the wire: the CRI over gRPC.

The only place where gRPC, protobuf and the CRI's stubs are imported; the extra `cri` installs them. The
layers, each importing only from those above it and from `fsm.kubelet`:

    endpoint  convert  reception
    channel
    greeting
    client

On these stand a runtime that is served (`server`), a containerd of one's own (`containerd`), and a proxy
(`proxy`).

Import what you need from its module: `from fsm.kubelet.cri.client import connect`. Without the extra that
is an ImportError, which says what to install.
"""

from importlib.util import find_spec

if find_spec("grpc") is None or find_spec("cri_api") is None:
    raise ImportError("a runtime is asked over gRPC, which is not installed: pip install 'fsm-spec[cri]'")
