"""What the Python clients send: made with stubs that protoc wrote from the published contract."""

import time
import uuid

from attune.v1 import customer_pb2, decision_pb2, event_pb2, explain_pb2, identifier_pb2

TITLE = "x" * 1_000


def customer(name):
    return [identifier_pb2.Identifier(kind="crm", value=name)]


def event(name, properties=0):
    """A page view of a customer, with `properties` texts of 1,000 bytes."""
    view = event_pb2.Event(
        id=str(uuid.uuid4()), source="interop", identifiers=customer(name), name="Page Viewed"
    )
    view.occurred_at.FromMilliseconds(int(time.time() * 1_000))
    for at in range(properties):
        view.properties[f"p{at}"].string_value = TITLE
    return view


def decide(name, placements=("home_hero",), request_id=None):
    return decision_pb2.DecideRequest(
        request_id=request_id or str(uuid.uuid4()), identifiers=customer(name), placements=placements
    )


def decide_stream(tag, name):
    request = decision_pb2.DecideStreamRequest(tag=tag, request=decide(name))
    request.timeout.FromSeconds(20)
    return request


def explain(decision_id):
    return explain_pb2.ExplainRequest(decision_id=decision_id)


def watch(name):
    return customer_pb2.WatchRequest(customer=identifier_pb2.CustomerRef(identifiers=customer(name)))
