"""How the Python clients read their command line, and how they say what they saw: one JSON line a check."""

import argparse
import json
import traceback


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True, help="host:port")
    parser.add_argument("--token", default="", help="the bearer token that calls carry")
    parser.add_argument("--ca", help="a file with the CA of the server; without it the channel is plain text")
    parser.add_argument("--cert", help="a file with the certificate of the client")
    parser.add_argument("--key", help="a file with the key of that certificate")
    return parser.parse_args()


def read(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()


def metadata(token):
    return (("authorization", f"Bearer {token}"),) if token else ()


def expect(holds, said):
    """Fails the check with what was seen. Not `assert`, which an optimising interpreter leaves out."""
    if not holds:
        raise AssertionError(said)


def report(name, fault=None):
    why = "" if fault is None else "".join(traceback.format_exception(fault))[-1_500:]
    print(json.dumps({"name": name, "ok": fault is None, "why": why}), flush=True)
