"""A proxy between any kubelet and any runtime: it records every call, and lets some of them fail.

It speaks HTTP/2 itself. gRPC's own library for Python was built with first: a call through it took 1.2 ms
more than one without, through this 0.7 (`tests/benchmarks/proxy_latency.py`), and it can neither close the
connection of one caller nor pass on what it does not understand. So bytes go through as they are, in both
directions; what is known of the CRI is read for the record only. The layers, each importing only from those
above it:

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
