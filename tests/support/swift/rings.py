"""Writes the rings of account, container and object servers, each with one device and one replica.

    rings.py DIRECTORY ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT

It uses the class behind swift-ring-builder, which would have to be started nine times.
"""
import sys

from swift.common.ring import RingBuilder

directory, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), ports):
    builder = RingBuilder(0, 1, 0)
    device = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "device", "weight": 1.0}
    builder.add_dev(device)
    builder.rebalance()
    builder.get_ring().save(f"{directory}/{name}.ring.gz")
