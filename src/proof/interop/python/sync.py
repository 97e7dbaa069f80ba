"""grpcio, the blocking client: every kind of call, and what a caller meets when something is wrong."""

import grpc
from attune.v1 import customer_pb2_grpc, decision_pb2_grpc, event_pb2, event_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import messages
from checks import arguments, expect, metadata, read, report

TIMEOUT = 30
CHANNELS = 200
GIVEN = arguments()
TOKEN = metadata(GIVEN.token)


def open_channel(**options):
    options["options"] = [*options.get("options", []), ("grpc.use_local_subchannel_pool", 1)]
    if GIVEN.ca is None:
        return grpc.insecure_channel(GIVEN.target, **options)
    credentials = grpc.ssl_channel_credentials(read(GIVEN.ca), read(GIVEN.key), read(GIVEN.cert))
    return grpc.secure_channel(GIVEN.target, credentials, **options)


def refused(code, call, *args, **more):
    """The error that a call ends with, which must have this code."""
    try:
        call(*args, **more)
    except grpc.RpcError as error:
        expect(error.code() == code, f"ended {error.code()} ({error.details()}), not {code}")
        return error
    raise AssertionError(f"it was answered; {code} was due")


class Client:
    """The stubs over one channel, every call with a token and a deadline."""

    def __init__(self, channel):
        decisions = decision_pb2_grpc.DecisionServiceStub(channel)
        events = event_pb2_grpc.EventServiceStub(channel)
        customers = customer_pb2_grpc.CustomerServiceStub(channel)
        self.decide = self.carrying_token(decisions.Decide)
        self.decide_stream = self.carrying_token(decisions.DecideStream)
        self.explain = self.carrying_token(decisions.Explain)
        self.publish = self.carrying_token(events.Publish)
        self.stream_events = self.carrying_token(events.StreamEvents)
        self.watch = self.carrying_token(customers.Watch)

    @staticmethod
    def carrying_token(method):
        def call(request, timeout=TIMEOUT, metadata=TOKEN, **more):
            return method(request, timeout=timeout, metadata=metadata, **more)

        return call


def publishes(client):
    sent = [messages.event("py-1") for _ in range(3)]
    statuses = [result.status for result in client.publish(event_pb2.PublishRequest(events=sent)).results]
    expect(statuses == [event_pb2.EVENT_STATUS_ACCEPTED] * 3, statuses)
    again = client.publish(event_pb2.PublishRequest(events=sent[:1])).results[0].status
    expect(again == event_pb2.EVENT_STATUS_DUPLICATE, again)


def decides_once_per_request_id(client):
    request = messages.decide("py-1")
    first, second = client.decide(request), client.decide(request)
    expect(len(first.choices) == 1 and not first.repeated, first)
    expect(second.repeated and second.decision_id == first.decision_id, second)
    other = messages.decide("py-1", ["home_hero", "cart_banner"], request.request_id)
    refused(grpc.StatusCode.ALREADY_EXISTS, client.decide, other)


def explains(client):
    decision = client.decide(messages.decide("py-1"))
    explained = client.explain(messages.explain(decision.decision_id))
    expect(explained.replay_identical and explained.page, explained)
    refused(grpc.StatusCode.NOT_FOUND, client.explain, messages.explain("nothing"))


def streams_decisions(client):
    requests = [messages.decide_stream(tag, f"py-{tag}") for tag in range(100)]
    requests[50].request.placements.append("")
    replies = {reply.tag: reply for reply in client.decide_stream(iter(requests))}
    expect(sorted(replies) == list(range(100)), sorted(replies))
    failed = [tag for tag, reply in replies.items() if reply.WhichOneof("result") == "error"]
    expect(failed == [50], failed)
    expect(replies[50].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0], replies[50])


def streams_events(client):
    requests = (
        event_pb2.StreamEventsRequest(tag=tag, event=messages.event(f"py-{tag % 7}")) for tag in range(300)
    )
    results = list(client.stream_events(requests))
    expect(sorted(result.tag for result in results) == list(range(300)), len(results))
    wrong = [result for result in results if result.status != event_pb2.EVENT_STATUS_ACCEPTED]
    expect(wrong == [], wrong[:3])


def decodes_error_details(client):
    error = refused(grpc.StatusCode.INVALID_ARGUMENT, client.decide, messages.decide("", ["home_hero"]))
    status = rpc_status.from_call(error)
    fault = error_details_pb2.BadRequest()
    expect(any(detail.Unpack(fault) for detail in status.details), status)
    fields = [violation.field for violation in fault.field_violations]
    expect(fields == ["identifiers[0].value"], fields)


def refuses_strangers(client):
    for given in ((), metadata("wrong")):
        refused(grpc.StatusCode.UNAUTHENTICATED, client.decide, messages.decide("py-1"), metadata=given)
        stream = client.decide_stream(iter([messages.decide_stream(1, "py-1")]), metadata=given)
        refused(grpc.StatusCode.UNAUTHENTICATED, list, stream)


def takes_large_requests(client):
    large = event_pb2.PublishRequest(events=[messages.event(f"py-{at}", 60) for at in range(60)])
    expect(3_500_000 < large.ByteSize() < 4 * 1_048_576, large.ByteSize())
    statuses = {result.status for result in client.publish(large).results}
    expect(statuses == {event_pb2.EVENT_STATUS_ACCEPTED}, statuses)
    large.events.extend(messages.event("py-1", 60) for _ in range(20))
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, client.publish, large)
    expect(client.decide(messages.decide("py-1")).decision_id, "the connection did not outlive a refusal")


def understands_gzip(_):
    with open_channel(compression=grpc.Compression.Gzip) as channel:
        client = Client(channel)
        publishes(client)
        decides_once_per_request_id(client)
        streams_decisions(client)
        takes_large_requests(client)


def keeps_short_deadlines(client):
    # A decision may well be made within a millisecond; a stream that stays open never ends in time.
    request = messages.decide("py-late")
    try:
        client.decide(request, timeout=0.001)
    except grpc.RpcError as error:
        expect(error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error.code())
    expect(len(client.decide(request).choices) == 1, "a retry after a deadline was not answered")
    watching = client.watch(messages.watch("py-late"), timeout=0.3)
    next(watching)
    refused(grpc.StatusCode.DEADLINE_EXCEEDED, list, watching)


def keeps_long_deadlines(client):
    # What does not fit 32 bits of milliseconds, as the client itself encodes it: 25 days, and longer than it can say.
    for seconds in (2_147_483, 2_147_484, 99_999_999):
        expect(client.decide(messages.decide("py-1"), timeout=seconds).decision_id, seconds)
        replies = list(client.decide_stream(iter([messages.decide_stream(1, "py-1")]), timeout=seconds))
        expect(len(replies) == 1 and replies[0].HasField("reply"), replies)


def cancels_streams(client):
    watching = client.watch(messages.watch("py-watched"))
    next(watching)
    watching.cancel()
    refused(grpc.StatusCode.CANCELLED, list, watching)

    def endless():
        while True:
            yield messages.decide_stream(1, "py-endless")

    deciding = client.decide_stream(endless())
    expect(next(deciding).HasField("reply"), "the stream did not answer")
    deciding.cancel()
    refused(grpc.StatusCode.CANCELLED, list, deciding)
    expect(client.decide(messages.decide("py-1")).decision_id, "the connection did not outlive a cancelled stream")


def serves_many_channels(_):
    channels = [open_channel() for _ in range(CHANNELS)]
    calls = [Client(channel).decide(messages.decide(f"py-{at}")).decision_id for at, channel in enumerate(channels)]
    # All connections are open now: once more, all at the same time.
    stubs = [decision_pb2_grpc.DecisionServiceStub(channel) for channel in channels]
    futures = [
        stub.Decide.future(messages.decide(f"py-{at}"), timeout=TIMEOUT, metadata=TOKEN)
        for at, stub in enumerate(stubs)
    ]
    calls += [future.result().decision_id for future in futures]
    expect(len(set(calls)) == 2 * CHANNELS, f"{len(set(calls))} decisions")
    for channel in channels:
        channel.close()


def refuses_plain_text(_):
    with grpc.insecure_channel(GIVEN.target) as channel:
        refused(grpc.StatusCode.UNAVAILABLE, Client(channel).decide, messages.decide("py-1"))


def refuses_callers_without_certificate(_):
    credentials = grpc.ssl_channel_credentials(read(GIVEN.ca))
    with grpc.secure_channel(GIVEN.target, credentials) as channel:
        refused(grpc.StatusCode.UNAUTHENTICATED, Client(channel).decide, messages.decide("py-1"))


CHECKS = (
    publishes,
    decides_once_per_request_id,
    explains,
    streams_decisions,
    streams_events,
    decodes_error_details,
    refuses_strangers,
    takes_large_requests,
    understands_gzip,
    keeps_short_deadlines,
    keeps_long_deadlines,
    cancels_streams,
    serves_many_channels,
)
if GIVEN.ca:
    CHECKS += (refuses_plain_text,)
if GIVEN.cert:
    CHECKS += (refuses_callers_without_certificate,)

with open_channel() as opened:
    for check in CHECKS:
        try:
            check(Client(opened))
            report(check.__name__)
        except Exception as fault:
            report(check.__name__, fault)
