#!/usr/bin/python3
"""Latency of Find Destination: how long answers take at a steady rate with many destinations.

Usage: bench/find.py [PROGRAM] [--rate 500] [--destinations 1000] [--seconds 20] [--connections 16]
Starts a server of its own, and prints one line of JSON with the percentiles in milliseconds. Each request has its moment;
the time counts from there, so that a server that stalls is not let off.
"""
import argparse
import base64
import http.client
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))


def fill(api, named, count):
    content = base64.b64encode(os.urandom(4000)).decode()
    assert api.status("POST", "subaccountCertificates", [{"Name": f"s{i}.p12", "Content": content} for i in range(10)]) == 201
    for start in range(0, count, 500):
        body = [named(f"d{i}", Authentication="ClientCertificateAuthentication", KeyStoreLocation=f"s{i % 10}.p12",
                      KeyStorePassword="changeit", URL="https://backend.invalid/x") for i in range(start, min(count, start + 500))]
        assert api.status("POST", "subaccountDestinations", body) == 201


def worker(api, arguments, index, start, times, failures):
    address = urllib.parse.urlsplit(api.credentials["uri"])
    connection = http.client.HTTPConnection(address.hostname, address.port)
    headers = {"Authorization": "Bearer " + api.token}
    for n in range(index, arguments.rate * arguments.seconds, arguments.connections):
        due = start + n / arguments.rate
        time.sleep(max(0, due - time.monotonic()))
        connection.request("GET", f"/destination-configuration/v1/destinations/d{n * 7919 % arguments.destinations}",
                           headers=headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - due)
        if answer.status != 200:
            failures.append(answer.status)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", default=str(ROOT / "build" / "postern"))
    for name, value in (("rate", 500), ("destinations", 1000), ("seconds", 20), ("connections", 16)):
        parser.add_argument("--" + name, type=int, default=value)
    arguments = parser.parse_args()
    os.environ["POSTERN"] = arguments.program
    from destination import Api, named
    from postern import Server
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder) / "state")
        try:
            api = Api(server)
            fill(api, named, arguments.destinations)
            times, failures, start = [], [], time.monotonic() + 0.5
            threads = [threading.Thread(target=worker, args=(api, arguments, i, start, times, failures))
                       for i in range(arguments.connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            server.stop()
    times.sort()
    told = {f"p{p}": round(times[min(len(times) - 1, int(len(times) * p / 100))] * 1000, 2) for p in (50, 90, 99, 99.9)}
    print(json.dumps({"requests": len(times), "failures": len(failures), **told, "max": round(times[-1] * 1000, 2)}))


if __name__ == "__main__":
    main()
