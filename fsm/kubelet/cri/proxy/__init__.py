"""A proxy between any kubelet and any runtime: it records every call, and lets some of them fail.

It speaks HTTP/2 itself, which nobody should without measuring. gRPC's own library for Python was built with
first: it added 1.2 ms a call where 1 ms is the bar, and can neither close the connection of one caller nor
pass on what it does not understand. On the library h2 it was 1.2 to 1.4 ms, on this 0.6 to 0.7
(`tests/benchmarks/README.md`). So bytes go through as they are, in both directions; what is known of the CRI
is read for the record only. The layers, each importing only from those above it:

    hpack  reading  journal  connections
    stream  rules
    http2
    wire  names  chaos
    rulebook  passage  runtime
    caller
    forwarding
    relay
    background

    from fsm.kubelet.cri.proxy.background import Proxy

    with Proxy("unix:///tmp/p.sock", "unix:///run/containerd/containerd.sock", record="calls.jsonl") as proxy:
        proxy.add("CreateContainer#2 drop_reply")
"""
