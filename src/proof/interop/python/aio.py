"""grpcio, the asyncio client: every kind of call, and what a caller meets when something is wrong."""

import asyncio

import grpc
from attune.v1 import customer_pb2_grpc, decision_pb2_grpc, event_pb2, event_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status.rpc_status import from_call

import messages
from checks import arguments, expect, metadata, report

TIMEOUT = 30
CHANNELS = 200
GIVEN = arguments()
CARRIED = {"timeout": TIMEOUT, "metadata": metadata(GIVEN.token)}


def open_channel(**options):
    options["options"] = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(GIVEN.target, **options)


async def refused(code, answer):
    """The error that a call ends with, which must have this code."""
    try:
        await answer
    except grpc.aio.AioRpcError as error:
        expect(error.code() == code, f"ended {error.code()} ({error.details()}), not {code}")
        return error
    raise AssertionError(f"it was answered; {code} was due")


async def decides(channel):
    decisions = decision_pb2_grpc.DecisionServiceStub(channel)
    request = messages.decide("aio-1")
    first, second = await decisions.Decide(request, **CARRIED), await decisions.Decide(request, **CARRIED)
    expect(len(first.choices) == 1 and not first.repeated, first)
    expect(second.repeated and second.decision_id == first.decision_id, second)
    explained = await decisions.Explain(messages.explain(first.decision_id), **CARRIED)
    expect(explained.replay_identical and explained.page, explained)


async def publishes(channel):
    events = event_pb2_grpc.EventServiceStub(channel)
    reply = await events.Publish(event_pb2.PublishRequest(events=[messages.event("aio-1")]), **CARRIED)
    expect(reply.results[0].status == event_pb2.EVENT_STATUS_ACCEPTED, reply)


async def streams_events(channel):
    stream = event_pb2_grpc.EventServiceStub(channel).StreamEvents(**CARRIED)
    for tag in range(100):
        await stream.write(event_pb2.StreamEventsRequest(tag=tag, event=messages.event(f"aio-{tag % 7}")))
    await stream.done_writing()
    results = [result async for result in stream]
    expect(sorted(result.tag for result in results) == list(range(100)), len(results))
    expect({result.status for result in results} == {event_pb2.EVENT_STATUS_ACCEPTED}, results[:3])


async def streams_decisions(channel):
    """A request is written when the reply before has come: neither end waits for the other to end."""
    stream = decision_pb2_grpc.DecisionServiceStub(channel).DecideStream(**CARRIED)
    for tag in range(100):
        await stream.write(messages.decide_stream(tag, "aio-1"))
        reply = await stream.read()
        expect(reply.tag == tag and reply.HasField("reply"), reply)
    await stream.done_writing()
    expect(await stream.read() is grpc.aio.EOF, "a reply came that nobody asked for")
    expect(await stream.code() == grpc.StatusCode.OK, await stream.code())


async def decodes_error_details(channel):
    decisions = decision_pb2_grpc.DecisionServiceStub(channel)
    error = await refused(grpc.StatusCode.INVALID_ARGUMENT, decisions.Decide(messages.decide(""), **CARRIED))
    fault = error_details_pb2.BadRequest()
    expect(any(detail.Unpack(fault) for detail in from_call(error).details), error)
    fields = [violation.field for violation in fault.field_violations]
    expect(fields == ["identifiers[0].value"], fields)


async def refuses_strangers(channel):
    decisions = decision_pb2_grpc.DecisionServiceStub(channel)
    for given in (None, metadata("wrong")):
        call = decisions.Decide(messages.decide("aio-1"), timeout=TIMEOUT, metadata=given)
        await refused(grpc.StatusCode.UNAUTHENTICATED, call)
        stream = decisions.DecideStream(timeout=TIMEOUT, metadata=given)
        await refused(grpc.StatusCode.UNAUTHENTICATED, stream.read())


async def understands_gzip(_):
    async with open_channel(compression=grpc.Compression.Gzip) as channel:
        await decides(channel)
        await publishes(channel)
        await streams_decisions(channel)


async def keeps_deadlines(channel):
    decisions = decision_pb2_grpc.DecisionServiceStub(channel)
    carried = {**CARRIED, "timeout": 0.3}
    await refused(grpc.StatusCode.DEADLINE_EXCEEDED, decisions.DecideStream(**carried).read())
    for seconds in (2_147_483, 2_147_484):
        carried = {**CARRIED, "timeout": seconds}
        expect((await decisions.Decide(messages.decide("aio-1"), **carried)).decision_id, seconds)


async def cancels(channel):
    stream = decision_pb2_grpc.DecisionServiceStub(channel).DecideStream(**CARRIED)
    await stream.write(messages.decide_stream(1, "aio-1"))
    expect((await stream.read()).tag == 1, "the stream did not answer")
    stream.cancel()
    expect(await stream.code() == grpc.StatusCode.CANCELLED, await stream.code())

    async def watch():
        async for _ in customer_pb2_grpc.CustomerServiceStub(channel).Watch(messages.watch("aio-1"), **CARRIED):
            seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(watch())
    await seen.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    expect(task.cancelled(), "the task was not cancelled")
    await decides(channel)


async def serves_many_channels(_):
    channels = [open_channel() for _ in range(CHANNELS)]
    calls = [
        decision_pb2_grpc.DecisionServiceStub(channel).Decide(messages.decide(f"aio-{at}"), **CARRIED)
        for at, channel in enumerate(channels)
    ]
    decided = {reply.decision_id for reply in await asyncio.gather(*calls)}
    expect(len(decided) == CHANNELS, f"{len(decided)} decisions")
    await asyncio.gather(*(channel.close() for channel in channels))


CHECKS = (
    decides,
    publishes,
    streams_events,
    streams_decisions,
    decodes_error_details,
    refuses_strangers,
    understands_gzip,
    keeps_deadlines,
    cancels,
    serves_many_channels,
)


async def main():
    async with open_channel() as channel:
        for check in CHECKS:
            try:
                await check(channel)
                report(check.__name__)
            except Exception as fault:
                report(check.__name__, fault)


asyncio.run(main())
